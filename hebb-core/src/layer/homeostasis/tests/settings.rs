//! Combinations of settings that a layer refuses, and what it takes where it is silent.

use super::*;

fn thresholds() -> Option<Thresholds> {
    Some(Thresholds {
        rate: 1.0,
        target: None,
    })
}

/// Every pair that is refused, with the whole message.
#[test]
fn combinations_that_make_no_sense_are_refused_with_the_reason() {
    let som = Competition::Lateral {
        grid: UnitGrid([1, 1, 4]),
        kernel: Neighbourhood::Gauss,
        sigma: 1.0,
        shrink: 1.0,
    };
    let conscience = Some(Conscience {
        rate: 0.1,
        strength: 1.0,
    });
    let scaling = Some(SynapticScaling {
        rate: 0.1,
        target: 1.0,
    });
    let reseed = Some(Reseed { patience: 5 });
    let silent = || LayerConfig::conv(4, 2);
    let counted = "every unit is active at every patch, so that wins cannot be counted; \
                   use conscience, which weighs them";
    let nobody = "no unit wins a patch; set a competition";
    let cases = [
        (
            LayerConfig { conscience, thresholds: thresholds(), ..competing() },
            "conscience is incompatible with thresholds: both set the thresholds; keep one of them".to_owned(),
        ),
        (
            LayerConfig {
                thresholds: thresholds(),
                competition: Some(Competition::SoftWta { beta: 1.0 }),
                ..silent()
            },
            format!("thresholds is incompatible with competition soft-wta: {counted}"),
        ),
        (
            LayerConfig { thresholds: thresholds(), competition: Some(som), ..silent() },
            format!("thresholds is incompatible with competition lateral: {counted}"),
        ),
        (
            LayerConfig { conscience, ..silent() },
            format!("conscience is incompatible with competition none: {nobody}"),
        ),
        (
            LayerConfig { random_abstention: true, ..silent() },
            format!("random-abstention is incompatible with competition none: {nobody}"),
        ),
        (
            LayerConfig { reseed, ..silent() },
            format!("reseed is incompatible with competition none: {nobody}"),
        ),
        (
            LayerConfig { random_abstention: true, output: Output::Triangle { power: 1.0 }, ..competing() },
            "random-abstention is incompatible with output triangle: its mean is over the scores, and a unit that \
             abstains has none; use output relu or raw"
                .to_owned(),
        ),
        (
            LayerConfig { synaptic_scaling: scaling, constraint: Some(Constraint::UnitNorm), ..competing() },
            "synaptic-scaling is incompatible with constraint unit-norm: the norm that one sets is undone by the \
             other; keep one of them"
                .to_owned(),
        ),
        (
            LayerConfig {
                unit_rate: Some(UnitRate::NormDependent { power: 0.5 }),
                constraint: Some(Constraint::UnitNorm),
                ..competing()
            },
            "unit-rate norm-dependent is incompatible with constraint unit-norm: the rate of a unit of norm one is \
             zero; keep one of them"
                .to_owned(),
        ),
        (
            LayerConfig { output: Output::ClippedCosine, ..competing() },
            "output clipped-cosine is incompatible with similarity dot: no cosine follows from it; set similarity to \
             cosine or raised-cosine"
                .to_owned(),
        ),
        (
            LayerConfig { output: Output::KNearest { k: 5 }, ..competing() },
            "output k-nearest: k = 5 is out of range; it must be from 1 to 4, the number of units".to_owned(),
        ),
        (
            LayerConfig { reseed: Some(Reseed { patience: 0 }), ..competing() },
            "layer: reseed.patience = 0 is out of range; it must be at least 1".to_owned(),
        ),
    ];
    for (config, message) in cases {
        assert_eq!(config.plan(SHAPE).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_layer_takes_the_setting_of_its_rule_where_it_is_silent() {
    let config = LayerConfig {
        rule: RuleChoice::named("soft-hebb"),
        ..LayerConfig::conv(4, 2)
    };
    let plan = config.plan(SHAPE).unwrap();
    assert_eq!(plan.competition, Competition::SignedSoftWta { beta: 1.0 });
    assert_eq!(config.setting().unwrap().init_scale, 25.0);
    let own = LayerConfig {
        competition: Some(Competition::HardWta),
        ..config
    };
    assert_eq!(own.plan(SHAPE).unwrap().competition, Competition::HardWta);
    let spelled_out = own.clone().spelled_out().unwrap();
    assert_eq!(spelled_out.plan(SHAPE).unwrap(), own.plan(SHAPE).unwrap());
    assert!(spelled_out.similarity.is_some() && spelled_out.constraint.is_some());
}
