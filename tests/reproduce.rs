//! `hebb reproduce` on small synthetic images in CIFAR-10's layout.

use crate::support::{Outcome, Sandbox};
use std::fs;

/// Images of a training file: enough that the tables can set 10,000 aside.
const IMAGES: usize = 2_020;

/// Ten classes of noise, each brighter in a place of its own.
fn write_cifar10(sandbox: &Sandbox) {
    fs::create_dir(sandbox.path("data")).unwrap();
    let files = (1..=5).map(|number| format!("data_batch_{number}.bin"));
    for name in files.chain(["test_batch.bin".to_owned()]) {
        let mut state = 1u32;
        let mut bytes = Vec::with_capacity(IMAGES * 3073);
        for image in 0..IMAGES {
            let class = image % 10;
            bytes.push(class as u8);
            bytes.extend((0..3072).map(|at| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let bright = if at % 1024 / 103 == class { 120 } else { 0 };
                (state >> 25) as u8 + bright
            }));
        }
        fs::write(sandbox.path("data").join(name), bytes).unwrap();
    }
}

fn reproduce(sandbox: &Sandbox, table: &str, more: &[&str]) -> Outcome {
    let places = [
        "--data",
        "data",
        "--records",
        "records",
        "--runs",
        "runs",
        "--limit",
        "80",
    ];
    sandbox.hebb(&[&["reproduce", table][..], &places, more].concat())
}

#[test]
fn a_row_trains_what_it_takes_its_layers_from_and_is_run_once() {
    let sandbox = Sandbox::new();
    write_cifar10(&sandbox);
    let row = [
        "--rows",
        "hebb/fc_on_raw_img",
        "--rows",
        "gdes/fc_on_hebb_conv1_no_whiten",
    ];
    let lines = reproduce(&sandbox, "amato2019", &[&row[..], &["--json"]].concat()).json();
    let names: Vec<_> = lines
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["row"].as_str().unwrap())
        .collect();
    // The row that the layers come from is in the table too, and has its result.
    let expected = [
        "gdes/fc_on_hebb_conv1_no_whiten",
        "hebb/config_1l_no_whiten",
        "hebb/fc_on_raw_img",
    ];
    assert_eq!(names, expected);
    assert!(lines[0]["mean"].as_f64().unwrap() > 0.0, "{lines}");
    for name in [
        "table.csv",
        "README.md",
        "results/hebb-config_1l_no_whiten-s0.json",
    ] {
        assert!(sandbox.path("records/amato2019").join(name).is_file(), "{name}");
    }
    let page = fs::read_to_string(sandbox.path("records/amato2019/README.md")).unwrap();
    assert!(
        page.contains("| `hebb/fc_on_raw_img` | output | 27.48 |"),
        "{page}"
    );
    assert!(page.contains("Not run yet: gdes/config_base_91,"), "{page}");
    let written = |run: &str| {
        fs::metadata(sandbox.path("runs/amato2019").join(run))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = written("hebb/fc_on_raw_img-s0");
    reproduce(&sandbox, "amato2019", &row).success();
    assert_eq!(written("hebb/fc_on_raw_img-s0"), before);
}

#[test]
fn results_outlive_their_runs() {
    let sandbox = Sandbox::new();
    write_cifar10(&sandbox);
    let row = ["--rows", "hebb/fc_on_raw_img"];
    reproduce(&sandbox, "amato2019", &row).success();
    fs::remove_dir_all(sandbox.path("runs")).unwrap();
    let again = reproduce(&sandbox, "amato2019", &row).success();
    assert!(again.contains("27.48"), "{again}");
    assert!(!sandbox.path("runs").exists());
    let listed = reproduce(&sandbox, "amato2019", &["--list"]).success();
    assert_eq!(
        listed.lines().filter(|line| line.ends_with("done")).count(),
        1,
        "{listed}"
    );
    assert_eq!(listed.lines().count(), 84, "{listed}");
}

#[test]
fn tables_and_rows_that_do_not_exist_are_refused_with_a_suggestion() {
    let sandbox = Sandbox::new();
    reproduce(&sandbox, "amato2018", &[]).fails_with(&["did you mean `amato2019`?"]);
    reproduce(&sandbox, "amato2019", &["--rows", "gdes/config_bse"])
        .fails_with(&["did you mean `gdes/config_base`?"]);
    let whole = sandbox.hebb(&["show", "amato2019/gdes/g1h2g3_6"]).success();
    assert!(
        whole.contains("weight-decay = 0.06") && whole.contains("hebb/top1-s0"),
        "{whole}"
    );
}
