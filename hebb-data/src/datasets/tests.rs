//! The dataset registry, and damaged or missing files.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};

use super::*;
use crate::ImageShape;

fn idx(dims: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dims.len() as u8];
    file.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    file.extend(bytes);
    file
}

fn save(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The four files of a dataset of two training images and one test image.
fn save_mnist(folder: &Path) {
    save(
        folder,
        "train-images-idx3-ubyte",
        &idx(&[2, 28, 28], &[7; 2 * 784]),
    );
    save(folder, "train-labels-idx1-ubyte", &idx(&[2], &[9, 0]));
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&idx(&[1, 28, 28], &[8; 784])).unwrap();
    save(folder, "t10k-images.idx3-ubyte.gz", &packed.finish().unwrap());
    save(folder, "t10k-labels-idx1-ubyte", &idx(&[1], &[3]));
}

fn save_cifar10(folder: &Path) {
    for batch in 1..=5 {
        let record = [vec![batch], vec![10 * batch; 3072]].concat();
        save(folder, &format!("data_batch_{batch}.bin"), &record);
    }
    save(folder, "test_batch.bin", &[vec![0], vec![99; 3072]].concat());
}

fn load_from(name: &str, folder: &Path) -> Result<Bundle> {
    load(name, &SearchPath::of(&[folder]), &LoadOptions::default())
}

fn message(name: &str, folder: &Path) -> String {
    load_from(name, folder).unwrap_err().to_string()
}

#[test]
fn the_registry_is_complete_and_unambiguous() {
    for (position, info) in DATASETS.iter().enumerate() {
        assert_eq!(
            DATASETS.iter().position(|other| other.name == info.name),
            Some(position)
        );
        assert!(!info.summary.is_empty() && !info.licence.is_empty() && !info.citation.is_empty());
    }
    let sizes = ["cifar10", "cifar100", "cifar100-coarse", "stl10", "mnist"]
        .map(|name| find(name).unwrap().classes.len());
    assert_eq!(sizes, [10, 100, 20, 10, 10]);
    assert!(
        find("cifar")
            .unwrap_err()
            .to_string()
            .contains("known: fashion-mini, fashion-mnist")
    );
}

#[test]
fn the_embedded_dataset_is_balanced_and_small() {
    let search = SearchPath::of(&[] as &[&Path]);
    let bundle = load("fashion-mini", &search, &LoadOptions::default()).unwrap();
    for (data, per_class) in [(&bundle.train, 550), (&bundle.test, 100)] {
        let mut counts = [0; 10];
        data.labels()
            .unwrap()
            .iter()
            .for_each(|&label| counts[usize::from(label)] += 1);
        assert_eq!(
            (counts, data.shape()),
            ([per_class; 10], ImageShape::new(1, 28, 28))
        );
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("embedded");
    let sizes = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len());
    assert!(sizes.sum::<u64>() < 3_000_000);
}

#[test]
fn mnist_files_load_plain_or_packed_from_the_usual_folder() {
    let root = tempfile::tempdir().unwrap();
    save_mnist(&root.path().join("MNIST/raw"));
    let bundle = load_from("mnist", root.path()).unwrap();
    assert_eq!(bundle.train.labels().unwrap(), [9, 0]);
    assert_eq!((bundle.test.len(), bundle.test.pixels(0)[0]), (1, 8));
    assert_eq!(bundle.location.unwrap(), root.path().join("MNIST/raw"));
}

#[test]
fn mnist_labels_must_belong_to_the_images() {
    let root = tempfile::tempdir().unwrap();
    save_mnist(root.path());
    save(root.path(), "train-labels-idx1-ubyte", &idx(&[3], &[0, 1, 2]));
    assert!(
        message("mnist", root.path()).contains("train-labels-idx1-ubyte, byte 4: the dimensions are [3]")
    );
    save(root.path(), "train-labels-idx1-ubyte", &idx(&[2], &[0, 10]));
    assert!(message("mnist", root.path()).contains("byte 9: label 10 is not below 10"));
    save(
        root.path(),
        "train-images-idx3-ubyte",
        &idx(&[2, 28, 27], &[0; 2 * 28 * 27]),
    );
    assert!(message("mnist", root.path()).contains("not n, 28, 28"));
}

#[test]
fn damaged_mnist_files_name_file_offset_and_remedy() {
    let root = tempfile::tempdir().unwrap();
    save_mnist(root.path());
    let file = root.path().join("train-images-idx3-ubyte");
    std::fs::write(&file, idx(&[2, 28, 28], &[7; 1000])).unwrap();
    let error = message("mnist", root.path());
    assert!(
        error.starts_with(&format!("{}, byte 1016: the file ends here", file.display())),
        "{error}"
    );
    assert!(error.ends_with("fetch it again"), "{error}");
    std::fs::write(&file, b"<html>not found</html>").unwrap();
    assert!(message("mnist", root.path()).contains("byte 0: the magic number is 3c68746d"));
    std::fs::write(&file, idx(&[1 << 30, 1 << 15, 1 << 15], &[])).unwrap();
    assert!(message("mnist", root.path()).contains("1152921504606846976 bytes"));
}

#[test]
fn cifar10_joins_its_five_training_files_in_order() {
    let root = tempfile::tempdir().unwrap();
    save_cifar10(&root.path().join("cifar-10-batches-bin"));
    let bundle = load_from("cifar10", root.path()).unwrap();
    assert_eq!(bundle.train.labels().unwrap(), [1, 2, 3, 4, 5]);
    assert_eq!((bundle.train.pixels(4)[0], bundle.test.pixels(0)[3071]), (50, 99));
    assert_eq!(bundle.test.classes()[0], "airplane");
}

#[test]
fn truncated_cifar_files_are_named() {
    let root = tempfile::tempdir().unwrap();
    save_cifar10(root.path());
    let file = save(root.path(), "data_batch_4.bin", &[1; 3072]);
    assert!(message("cifar10", root.path()).starts_with(&format!("{}, byte 0: ", file.display())));
}

#[test]
fn cifar100_has_fine_and_coarse_classes() {
    let root = tempfile::tempdir().unwrap();
    for name in ["train.bin", "test.bin"] {
        save(root.path(), name, &[vec![19, 99], vec![0; 3072]].concat());
    }
    let class = |name| {
        let data = load_from(name, root.path()).unwrap().train;
        data.classes()[usize::from(data.labels().unwrap()[0])].clone()
    };
    assert_eq!(
        [class("cifar100"), class("cifar100-coarse")],
        ["worm", "vehicles_2"]
    );
}

#[test]
fn stl10_loads_its_unlabelled_images_when_asked() {
    let root = tempfile::tempdir().unwrap();
    for (name, count) in [("train_X.bin", 2), ("test_X.bin", 1), ("unlabeled_X.bin", 3)] {
        save(root.path(), name, &vec![5; count * 27_648]);
    }
    save(root.path(), "train_y.bin", &[1, 10]);
    save(root.path(), "test_y.bin", &[2]);
    let bundle = load_from("stl10", root.path()).unwrap();
    assert_eq!(
        (bundle.train.labels().unwrap(), bundle.unlabelled.is_none()),
        (&[0u16, 9][..], true)
    );
    let options = LoadOptions {
        unlabelled: true,
        ..Default::default()
    };
    let bundle = load("stl10", &SearchPath::of(&[root.path()]), &options).unwrap();
    let unlabelled = bundle.unlabelled.unwrap();
    assert_eq!((unlabelled.len(), unlabelled.labels()), (3, None));
    save(root.path(), "test_y.bin", &[2, 2]);
    assert!(message("stl10", root.path()).contains("expected shape 1, found 2"));
}

fn save_image(root: &Path, name: &str, side: u32) {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::RgbImage::new(side, side).save(path).unwrap();
}

#[test]
fn folders_name_their_classes() {
    let root = tempfile::tempdir().unwrap();
    for name in [
        "train/cat/1.png",
        "train/dog/1.png",
        "train/dog/2.jpg",
        "test/dog/1.jpeg",
        "unlabelled/x.png",
    ] {
        save_image(root.path(), name, 4);
    }
    let bundle = load_from("folder", root.path()).unwrap();
    assert_eq!(
        (bundle.train.classes(), bundle.train.labels().unwrap()),
        (&["cat".into(), "dog".into()][..], &[0, 1, 1][..])
    );
    assert_eq!(bundle.test.labels().unwrap(), [1]);
    let options = LoadOptions {
        unlabelled: true,
        size: Some([3, 2]),
    };
    let bundle = load("folder", &SearchPath::of(&[root.path()]), &options).unwrap();
    assert_eq!(bundle.unlabelled.unwrap().shape(), ImageShape::new(3, 3, 2));
}

#[test]
fn folders_refuse_unknown_test_classes_and_other_sizes() {
    let root = tempfile::tempdir().unwrap();
    save_image(root.path(), "train/cat/1.png", 4);
    save_image(root.path(), "test/cat/1.png", 5);
    assert!(message("folder", root.path()).contains("the images are 3×5×5, the training images 3×4×4"));
    save_image(root.path(), "test/cow/1.png", 4);
    assert!(message("folder", root.path()).contains("class cow has no training images"));
    let options = LoadOptions {
        size: Some([0, 4]),
        ..Default::default()
    };
    let error = load("folder", &SearchPath::of(&[root.path()]), &options).unwrap_err();
    assert!(error.to_string().starts_with("size = [0, 4]"));
}

#[test]
fn a_folder_that_is_given_is_looked_into_first_and_must_exist() {
    let root = tempfile::tempdir().unwrap();
    save_cifar10(root.path());
    let search = SearchPath::new(Some(root.path())).unwrap();
    let bundle = load("cifar10", &search, &LoadOptions::default()).unwrap();
    assert_eq!(bundle.location.as_deref(), Some(root.path()));
    let error = SearchPath::new(Some(&root.path().join("absent"))).unwrap_err();
    assert!(
        error.to_string().contains("absent: the folder does not exist"),
        "{error}"
    );
}

#[test]
fn missing_files_say_where_they_were_looked_for_and_how_to_get_them() {
    let root = tempfile::tempdir().unwrap();
    let error = message("cifar10", root.path());
    let own = root.path().join("cifar-10-batches-bin").display().to_string();
    for part in [
        "dataset cifar10 was not found",
        &own,
        "data_batch_1.bin",
        "cs.toronto.edu",
        "HEBB_DATA",
    ] {
        assert!(error.contains(part), "{part} not in {error}");
    }
    save_cifar10(root.path());
    std::fs::remove_file(root.path().join("data_batch_3.bin")).unwrap();
    assert!(message("cifar10", root.path()).contains("data_batch_3.bin of cifar10 is missing"));
}
