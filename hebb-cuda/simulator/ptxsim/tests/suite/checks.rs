//! Defects other than races.

use crate::support::Launch;
use hebb_ptxsim::{DefectKind, LaunchError};

fn kinds(body: &str) -> Vec<DefectKind> {
    Launch::of(body).run().kinds()
}

#[test]
fn an_access_past_the_allocation_ends_the_launch() {
    for body in [
        "st.global.u32 [%d4+256], 1;",
        "ld.global.u32 %r0, [%d4+-4];",
        "red.global.add.u32 [%d4+256], 1;",
    ] {
        assert_eq!(kinds(body), [DefectKind::OutOfBounds], "{body}");
    }
    let launch = Launch::of("st.global.u32 [%d15+256], 1;");
    let outcome = launch.run();
    assert!(matches!(outcome.result, Err(LaunchError::Fault(_))));
    let text = outcome.reports[0].to_string();
    assert!(
        text.contains("thread 0 of block 0") && text.contains("st.global.u32 [%d15+256], 1"),
        "{text}"
    );
}

#[test]
fn a_wild_pointer_ends_the_launch() {
    assert_eq!(kinds("st.global.u32 [%d3], 1;"), [DefectKind::OutOfBounds]);
    assert_eq!(kinds("ld.param.u64 %d7, [out+64];"), [DefectKind::OutOfBounds]);
}

#[test]
fn an_overrun_of_a_shared_array_does_not_reach_the_next_one() {
    let declarations = ".shared .align 4 .b8 s[256];\n.shared .align 4 .b8 t[256];";
    let body = "st.shared.u32 [s+256], 1;";
    let outcome = Launch {
        declarations,
        body,
        ..Launch::default()
    }
    .run();
    assert_eq!(outcome.kinds(), [DefectKind::OutOfBounds]);
}

#[test]
fn an_overrun_of_local_memory_is_out_of_bounds() {
    let launch = Launch {
        declarations: ".local .align 4 .b8 l[8];",
        body: "st.local.u32 [l+8], 1;",
        ..Launch::default()
    };
    assert_eq!(launch.run().kinds(), [DefectKind::OutOfBounds]);
}

#[test]
fn reads_of_unwritten_memory_are_reported() {
    assert_eq!(kinds("ld.global.u32 %r0, [%d1];"), [DefectKind::Uninitialised]);
    let shared = Launch {
        declarations: ".shared .align 4 .b8 s[256];",
        body: "ld.shared.u32 %r0, [s];",
        ..Launch::default()
    };
    assert_eq!(shared.run().kinds(), [DefectKind::Uninitialised]);
}

#[test]
fn shared_memory_is_unwritten_again_in_the_next_block() {
    let body =
        "mov.u32 %r4, %ctaid.x; setp.eq.u32 %p1, %r4, 0; @%p1 st.shared.u32 [s], 1; ld.shared.u32 %r0, [s];";
    let launch = Launch {
        declarations: ".shared .align 4 .b8 s[4];",
        body,
        grid: 2,
        block: 1,
        ..Launch::default()
    };
    assert_eq!(launch.run().kinds(), [DefectKind::Uninitialised]);
}

#[test]
fn misaligned_accesses_are_reported() {
    assert_eq!(kinds("ld.global.u32 %r0, [%d2+2];"), [DefectKind::Misaligned]);
    assert_eq!(
        kinds("ld.global.v2.u32 {%r0, %r1}, [%d2+4];"),
        [DefectKind::Misaligned]
    );
}

#[test]
fn barriers_that_not_all_threads_reach_are_reported() {
    let split = "setp.lt.u32 %p1, %r4, 8; @%p1 bra $a; bar.sync 0; bra $end;\n$a:\nbar.sync 0;\n$end:\n";
    assert_eq!(kinds(split), [DefectKind::DivergentBarrier]);
    assert_eq!(
        kinds("setp.lt.u32 %p1, %r4, 8; @%p1 ret; bar.sync 0;"),
        [DefectKind::DivergentBarrier]
    );
}

#[test]
fn shuffles_that_never_complete_are_reported() {
    let odd = "and.b32 %r5, %r4, 1; setp.eq.u32 %p1, %r5, 1; @%p1 shfl.sync.bfly.b32 %r0, %r4, 1, 31, -1;";
    assert_eq!(kinds(odd), [DefectKind::WarpMask]);
    assert_eq!(
        kinds("shfl.sync.bfly.b32 %r0, %r4, 1, 31, 1;").first(),
        Some(&DefectKind::WarpMask)
    );
    let outside = "setp.eq.u32 %p1, %r4, 0; @%p1 shfl.sync.idx.b32 %r0, %r4, 1, 31, 1;";
    assert_eq!(kinds(outside), [DefectKind::WarpMask]);
}

#[test]
fn integer_division_by_zero_is_reported() {
    assert_eq!(kinds("div.u32 %r0, %r4, %r3;"), [DefectKind::DivisionByZero]);
    assert_eq!(kinds("rem.s32 %r0, %r4, %r3;"), [DefectKind::DivisionByZero]);
}

#[test]
fn an_endless_loop_is_reported() {
    assert_eq!(kinds("\n$again:\nbra $again;"), [DefectKind::Endless]);
}

#[test]
fn a_freed_allocation_is_out_of_bounds() {
    let source = crate::support::module("", "st.global.u32 [%d15], 1;");
    let module = hebb_ptxsim::Module::load(&source).unwrap();
    let mut device = hebb_ptxsim::SimDevice::new();
    let out = device.allocate(4);
    assert_eq!(device.free(out).unwrap(), 4);
    assert!(device.free(out).is_err() && device.read(out, 4).is_err() && device.write(out, &[0]).is_err());
    let arguments: Vec<Vec<u8>> = [out, 0, 0, 0].iter().map(|x| x.to_le_bytes().to_vec()).collect();
    let shape = hebb_ptxsim::LaunchShape {
        grid: [1; 3],
        block: [1; 3],
        dynamic_shared: 0,
    };
    assert!(matches!(
        device.launch(&module, "k", shape, &arguments),
        Err(LaunchError::Fault(_))
    ));
}

#[test]
fn launches_that_do_not_fit_the_kernel_are_refused() {
    let module = hebb_ptxsim::Module::load(&crate::support::module("", "ret;")).unwrap();
    let mut device = hebb_ptxsim::SimDevice::new();
    let good = vec![vec![0; 8]; 4];
    let shape = hebb_ptxsim::LaunchShape {
        grid: [1; 3],
        block: [1; 3],
        dynamic_shared: 0,
    };
    let mut launch = |shape, name: &str, arguments: &[Vec<u8>]| {
        device.launch(&module, name, shape, arguments).unwrap_err()
    };
    assert!(matches!(
        launch(shape, "none", &good),
        LaunchError::UnknownKernel(_)
    ));
    assert!(matches!(
        launch(shape, "k", &good[1..]),
        LaunchError::ArgumentCount {
            given: 3,
            wanted: 4,
            ..
        }
    ));
    let short = [good[..3].to_vec(), vec![vec![0; 4]]].concat();
    assert!(matches!(
        launch(shape, "k", &short),
        LaunchError::ArgumentSize { index: 3, .. }
    ));
    for (grid, block, dynamic_shared) in [
        ([1; 3], [1025, 1, 1], 0),
        ([0, 1, 1], [1; 3], 0),
        ([1, 65_536, 1], [1; 3], 0),
        ([1; 3], [1; 3], 49_153),
    ] {
        let shape = hebb_ptxsim::LaunchShape {
            grid,
            block,
            dynamic_shared,
        };
        assert!(
            matches!(launch(shape, "k", &good), LaunchError::Limits { .. }),
            "{shape:?}"
        );
    }
}
