//! Specs as they are written in configurations.

use super::*;

#[derive(Debug, serde::Deserialize, serde::Serialize)]
struct Config {
    preprocess: Vec<TransformSpec>,
}

#[test]
fn specs_survive_a_round_trip_through_toml() {
    let text = toml::to_string(&Config {
        preprocess: all_specs(),
    })
    .unwrap();
    assert_eq!(toml::from_str::<Config>(&text).unwrap().preprocess, all_specs());
}

#[test]
fn options_left_out_have_their_defaults() {
    let text =
        "preprocess = [{ kind = 'standardize' }, { kind = 'zca', divisor = 'features', images = 9000 }]";
    let config: Config = toml::from_str(text).unwrap();
    let zca = ZcaSpec {
        divisor: Divisor::Features,
        images: Some(9000),
        ..Default::default()
    };
    let standardize = StandardizeSpec::default();
    assert_eq!(
        config.preprocess,
        [TransformSpec::Standardize(standardize), TransformSpec::Zca(zca)]
    );
}

#[test]
fn unknown_options_and_kinds_are_refused() {
    for text in [
        "{ kind = 'zca', epsilonn = 1.0 }",
        "{ kind = 'grayscale', epsilon = 1.0 }",
        "{ kind = 'pca' }",
    ] {
        let error = toml::from_str::<Config>(&format!("preprocess = [{text}]"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("unknown"), "{error}");
    }
}
