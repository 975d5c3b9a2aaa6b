use hebb_core::Seed;
use hebb_data::{augment::AugmentSpec, batches::*, transform::*, *};
use std::{sync::Arc, time::Instant};
fn main() {
    let t = Instant::now();
    let bundle = datasets::load(
        "cifar10",
        &SearchPath::of(&["/work/lab/data"]),
        &LoadOptions::default(),
    )
    .unwrap();
    println!("load {:.2}", t.elapsed().as_secs_f64());
    let splits = SplitSpec::default().split(&bundle, Seed::new(0)).unwrap();
    let mirror = std::env::args().nth(1).as_deref() == Some("mirror");
    let specs = [
        TransformSpec::Standardize(Default::default()),
        TransformSpec::Zca(ZcaSpec {
            mirror,
            ..Default::default()
        }),
    ];
    let t = Instant::now();
    let p = Pipeline::fit(&specs, &splits.train, Seed::new(0)).unwrap();
    println!("fit {:.2}", t.elapsed().as_secs_f64());
    let prepared = Prepared::new(splits.train.clone(), Arc::new(p), DEFAULT_MEMORY_BUDGET).unwrap();
    let mut loader = Loader::new(
        &prepared,
        BatchSpec::default(),
        AugmentSpec::default(),
        Seed::new(0),
    )
    .unwrap();
    for e in 0..2 {
        let t = Instant::now();
        let mut epoch = loader.epoch(e);
        let mut s = 0.0;
        while let Some(b) = epoch.next_batch().unwrap() {
            s += b.images[(0, 0, 0, 0)];
        }
        println!("epoch {e} {:.2} {s}", t.elapsed().as_secs_f64());
    }
    println!(
        "peak {}",
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|l| l.starts_with("VmHWM"))
            .unwrap()
    );
    let prepared = Prepared::new(splits.train.clone(), prepared.pipeline().clone(), 0).unwrap();
    let mut loader = Loader::new(
        &prepared,
        BatchSpec::default(),
        AugmentSpec {
            mirror: 0.5,
            crop_padding: 4,
        },
        Seed::new(0),
    )
    .unwrap();
    let t = Instant::now();
    let mut epoch = loader.epoch(0);
    let mut s = 0.0;
    while let Some(b) = epoch.next_batch().unwrap() {
        s += b.images[(0, 0, 0, 0)];
    }
    println!("uncached epoch {:.2} {s}", t.elapsed().as_secs_f64());
}
