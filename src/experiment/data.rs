//! The images of an experiment: loaded, split, preprocessed and handed out in batches.

use super::{DataConfig, Experiment};
use crate::{Error, Result, interrupt};
use hebb_core::Seed;
use hebb_core::geometry::ImageShape;
use hebb_core::source::{Batch, BatchSource, Order};
use hebb_data::augment::AugmentSpec;
use hebb_data::batches::{BatchSpec, DEFAULT_MEMORY_BUDGET, Loader, PreparedImages};
use hebb_data::{Bundle, LoadOptions, Pipeline, SearchPath, SplitSpec, Tensors, View};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The preprocessed images of an experiment.
#[derive(Debug)]
pub struct Data {
    /// Training images, for the network and the classifiers.
    pub train: Source,
    /// Validation images, for the choice of epochs and hyperparameters; `None` if the experiment sets none aside.
    pub validation: Option<Source>,
    /// Test images, which are measured once, at the end.
    pub test: Source,
    /// The fitted transforms.
    pub pipeline: Arc<Pipeline>,
    /// Class names.
    pub classes: Vec<String>,
    /// CRC-32 over the pixels and labels of the training and test images, in hexadecimal.
    pub checksum: String,
    /// The folder of the files; `None` for embedded data.
    pub location: Option<PathBuf>,
}

/// One split, preprocessed by the pipeline.
#[derive(Debug)]
pub struct Source {
    prepared: PreparedImages,
    augment: AugmentSpec,
    seed: Seed,
}

/// Origin of the fitted transforms.
#[derive(Clone, Copy, Debug)]
pub enum Fit<'a> {
    /// Fitted on the training images.
    Train,
    /// Restored from a saved run.
    Saved(&'a Tensors),
}

impl Data {
    /// Loads, splits and preprocesses the images of an experiment.
    ///
    /// # Errors
    /// Files that are missing or damaged, or options that do not fit.
    pub fn load(experiment: &Experiment, folder: Option<&Path>, fit: Fit<'_>) -> Result<Self> {
        let config = &experiment.data;
        let seed = Seed::new(experiment.seed);
        let search = SearchPath::new(folder)?;
        let bundle = hebb_data::datasets::load(&config.dataset, &search, &LoadOptions::default())?;
        let splits = SplitSpec {
            validation: config.validation,
            limit: config.limit,
        }
        .split(&bundle, seed)?;
        let pipeline = Arc::new(match fit {
            Fit::Train => Pipeline::fit(&config.preprocess, &splits.train, seed)?,
            Fit::Saved(tensors) => Pipeline::restore(&config.preprocess, splits.train.shape(), tensors)?,
        });
        let source = |view| Source::new(view, &pipeline, config, seed);
        Ok(Self {
            train: source(splits.train)?,
            validation: splits.validation.map(source).transpose()?,
            test: source(splits.test)?,
            classes: bundle.train.classes().to_vec(),
            checksum: checksum(&bundle),
            location: bundle.location,
            pipeline,
        })
    }

    /// The validation images.
    ///
    /// # Errors
    /// [`Error::Config`] where the experiment sets none aside.
    pub(super) fn held_out(&mut self) -> Result<&mut Source> {
        self.validation.as_mut().ok_or_else(|| {
            let problem =
                "classifiers need validation images to choose their hyperparameters; set some aside";
            Error::config("data.validation = 0", problem)
        })
    }

    /// A line about the dataset: its origin and the sizes of its splits.
    pub(super) fn describe(&self, experiment: &Experiment) -> String {
        let place = self.location.as_ref().map_or_else(
            || "embedded".to_owned(),
            |folder| format!("from {}", folder.display()),
        );
        let [train, test] = [&self.train, &self.test].map(|source| source.images());
        let validation = self.validation.as_ref().map_or(0, |source| source.images());
        let dataset = &experiment.data.dataset;
        format!("{dataset}, {place}: {train} training, {validation} validation and {test} test images")
    }
}

impl Source {
    /// Returns true if training images are augmented.
    pub(super) fn is_varied(&self) -> bool {
        self.augment != AugmentSpec::default()
    }

    /// The seed of the experiment.
    pub(super) fn seed(&self) -> Seed {
        self.seed
    }

    fn new(view: View, pipeline: &Arc<Pipeline>, config: &DataConfig, seed: Seed) -> Result<Self> {
        let prepared = PreparedImages::new(view, Arc::clone(pipeline), DEFAULT_MEMORY_BUDGET)?;
        Ok(Self {
            prepared,
            augment: config.augment.clone(),
            seed,
        })
    }
}

impl BatchSource for Source {
    fn shape(&self) -> ImageShape {
        self.prepared.shape()
    }

    fn images(&self) -> usize {
        self.prepared.view().len()
    }

    fn classes(&self) -> usize {
        let dataset = self.prepared.view().dataset();
        dataset.labels().map_or(0, |_| dataset.classes().len())
    }

    fn for_each(
        &mut self,
        order: Order,
        batch: usize,
        each: &mut dyn FnMut(Batch<'_>) -> hebb_core::Result<()>,
    ) -> hebb_core::Result<()> {
        let mut spec = BatchSpec::in_order(batch);
        let (augment, epoch) = match order {
            Order::Stored => (AugmentSpec::default(), 0),
            Order::Epoch(epoch) => {
                spec.shuffle = true;
                (self.augment.clone(), epoch)
            }
        };
        let mut loader = Loader::new(&self.prepared, spec, augment, self.seed)?;
        loader.epoch(epoch).for_each(|batch| {
            interrupt::check()?;
            each(Batch {
                images: batch.images,
                labels: batch.labels.unwrap_or_default(),
            })
        })
    }
}

/// CRC-32 over the pixels and labels of the training and test images.
fn checksum(bundle: &Bundle) -> String {
    let mut hasher = crc32fast::Hasher::new();
    for dataset in [&bundle.train, &bundle.test] {
        (0..dataset.len()).for_each(|index| hasher.update(dataset.pixels(index)));
        let labels = dataset.labels().unwrap_or_default().iter();
        labels.for_each(|label| hasher.update(&label.to_le_bytes()));
    }
    format!("{:08x}", hasher.finalize())
}
