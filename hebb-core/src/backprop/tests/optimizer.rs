//! Optimizers and learning rates.

use super::*;

/// The recursions of PyTorch's documentation, written out for one weight in f64.
fn expected(method: Method, gradients: &[f64], rate: f64) -> f64 {
    let (mut w, mut first, mut second) = (0.5f64, 0.0f64, 0.0f64);
    for (step, gradient) in gradients.iter().enumerate() {
        match method {
            Method::Sgd {
                momentum,
                nesterov,
                weight_decay,
            } => {
                let g = gradient + f64::from(weight_decay) * w;
                first = f64::from(momentum) * first + g;
                w -= rate
                    * if nesterov {
                        g + f64::from(momentum) * first
                    } else {
                        first
                    };
            }
            Method::Adam {
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => {
                let [beta1, beta2, epsilon] = [beta1, beta2, epsilon].map(f64::from);
                let g = gradient + f64::from(weight_decay) * w;
                first = beta1 * first + (1.0 - beta1) * g;
                second = beta2 * second + (1.0 - beta2) * g * g;
                let t = step as i32 + 1;
                let mean = first / (1.0 - beta1.powi(t));
                w -= rate * mean / ((second / (1.0 - beta2.powi(t))).sqrt() + epsilon);
            }
        }
    }
    w
}

#[test]
fn optimizers_follow_their_published_recursions() {
    let sgd = |momentum, nesterov, weight_decay| Method::Sgd {
        momentum,
        nesterov,
        weight_decay,
    };
    let adam = Method::Adam {
        beta1: 0.8,
        beta2: 0.99,
        epsilon: 1e-3,
        weight_decay: 0.2,
    };
    let gradients = [0.3, -0.7, 0.2, 0.9];
    for method in [
        sgd(0.0, false, 0.0),
        sgd(0.9, false, 0.1),
        sgd(0.9, true, 0.1),
        Method::ADAM,
        adam,
    ] {
        let mut optimizer = Optimizer::new(method, 0.1).unwrap();
        let mut weight = Parameter::new(&RefBackend, &[0.5]).unwrap();
        for gradient in gradients {
            weight.gradient = vec![gradient as f32];
            optimizer.step(&RefBackend, std::iter::once(&mut weight)).unwrap();
        }
        let gap = f64::from(weight.value[0]) - expected(method, &gradients, 0.1);
        assert!(gap.abs() < 1e-6, "{method:?}: {gap}");
        assert_eq!(optimizer.steps(), 4);
    }
}

#[test]
fn a_rate_that_falls_does_so_as_multi_step_lr() {
    let falls = StepDecay {
        at: vec![2, 5, 5],
        factor: 0.1,
    };
    let mut descent = Descent {
        falls: Some(falls),
        ..Descent::default()
    };
    descent.check().unwrap();
    // What PyTorch's MultiStepLR(milestones=[2, 5, 5], gamma=0.1) gives epoch by epoch.
    let expected = [1e-3, 1e-3, 1e-4, 1e-4, 1e-4, 1e-6, 1e-6];
    for (epoch, expected) in expected.into_iter().enumerate() {
        let rate = descent.rate(epoch as u64);
        assert!((rate / expected - 1.0).abs() < 1e-6, "{epoch}: {rate}");
    }
    descent.falls = Some(StepDecay {
        at: vec![1],
        factor: 0.0,
    });
    assert!(descent.check().unwrap_err().to_string().contains("factor = 0"));
    descent = Descent {
        rate: f32::NAN,
        ..Descent::default()
    };
    assert!(descent.check().is_err());
}

#[test]
fn a_stack_that_forgets_learns_as_a_new_one() {
    let input = values(IMAGES * 60, 1);
    let ops = [OpConfig::dense(CLASSES)];
    let learn = |stack: &mut Stack<_>, optimizer: &mut Optimizer| {
        for _ in 0..3 {
            let gradient = loss(stack, &input, Mode::Train).gradient;
            stack.backward(&RefBackend, IMAGES, &input, &gradient).unwrap();
            stack.step(&RefBackend, optimizer).unwrap();
        }
        stack.tensors(&RefBackend).unwrap()
    };
    let optimizer = || Descent::default().optimizer().unwrap();
    let mut once = stack(&ops);
    let start = learn(&mut once, &mut optimizer());
    let mut fresh = stack(&ops);
    fresh.restore(&RefBackend, &start).unwrap();
    let expected = learn(&mut fresh, &mut optimizer());
    once.reset_optimizer(&RefBackend).unwrap();
    assert_eq!(learn(&mut once, &mut optimizer()), expected);
    // With a rate of zero nothing moves any more.
    let mut still = optimizer();
    still.set_rate(0.0).unwrap();
    assert_eq!(learn(&mut once, &mut still), expected);
    assert!(still.set_rate(-1.0).is_err());
}
