//! Races, and accesses that are none.

use crate::support::Launch;
use hebb_ptxsim::DefectKind;

/// Each thread writes its word of `s`, then `between`, then reads the word of thread ^ `other`.
fn exchange(between: &str, other: u32) -> Vec<DefectKind> {
    let body = format!(
        "mov.u64 %d7, s; add.u64 %d7, %d7, %d6; st.shared.u32 [%d7], %r4; {between} \
         xor.b32 %r5, %r4, {other}; mul.wide.u32 %d8, %r5, 4; mov.u64 %d7, s; add.u64 %d7, %d7, %d8; \
         ld.shared.u32 %r0, [%d7]; st.global.u32 [%d4], %r0;"
    );
    Launch {
        declarations: ".shared .align 4 .b8 s[256];",
        body: &body,
        ..Launch::default()
    }
    .run()
    .kinds()
}

#[test]
fn an_exchange_without_a_barrier_races() {
    assert!(exchange("", 1).contains(&DefectKind::Race));
}

#[test]
fn a_block_barrier_orders_any_exchange() {
    assert_eq!(exchange("bar.sync 0;", 63), []);
}

#[test]
fn a_warp_barrier_orders_an_exchange_within_the_warp_alone() {
    assert_eq!(exchange("bar.warp.sync -1;", 1), []);
    assert!(exchange("bar.warp.sync -1;", 32).contains(&DefectKind::Race));
}

#[test]
fn a_shuffle_orders_nothing() {
    assert!(exchange("shfl.sync.bfly.b32 %r6, %r4, 1, 31, -1;", 1).contains(&DefectKind::Race));
}

#[test]
fn a_fence_orders_nothing() {
    assert!(exchange("membar.cta;", 1).contains(&DefectKind::Race));
}

/// All threads of `grid` blocks run `body` on word 0 of `out`.
fn on_one_word(body: &str, grid: u32) -> Vec<DefectKind> {
    Launch {
        body,
        grid,
        block: 1,
        ..Launch::default()
    }
    .run()
    .kinds()
}

#[test]
fn blocks_that_write_one_word_race() {
    assert_eq!(on_one_word("st.global.u32 [%d15], 1;", 1), []);
    assert_eq!(on_one_word("st.global.u32 [%d15], 1;", 2), [DefectKind::Race]);
}

#[test]
fn a_reader_in_another_block_races_with_the_writer() {
    let body = "mov.u32 %r4, %ctaid.x; setp.eq.u32 %p1, %r4, 1; @%p1 st.global.u32 [%d15], 1; \
                @!%p1 ld.global.u32 %r0, [%d15];";
    assert_eq!(on_one_word(body, 2), [DefectKind::Race]);
    assert_eq!(on_one_word(body, 3), [DefectKind::Race, DefectKind::Race]);
}

#[test]
fn atomics_race_with_plain_accesses_but_not_with_each_other() {
    assert_eq!(on_one_word("red.global.add.u32 [%d15], 1;", 4), []);
    assert_eq!(
        on_one_word("red.global.add.u32 [%d15], 1; ld.global.u32 %r0, [%d15];", 1),
        []
    );
    assert!(
        on_one_word("red.global.add.u32 [%d15], 1; ld.global.u32 %r0, [%d15];", 2)
            .contains(&DefectKind::Race)
    );
    assert!(
        on_one_word("st.global.u32 [%d15], 1; red.global.add.u32 [%d15], 1;", 2).contains(&DefectKind::Race)
    );
}

#[test]
fn neighbouring_halfwords_of_two_threads_do_not_race() {
    let body = "mov.u32 %r4, %tid.x; mul.wide.u32 %d6, %r4, 2; add.u64 %d4, %d15, %d6; \
                cvt.u16.u32 %h1, %r4; st.global.u16 [%d4], %h1;";
    assert_eq!(Launch::of(body).run().kinds(), []);
}

#[test]
fn launches_are_ordered() {
    let source = crate::support::module("", "mov.u32 %r4, %tid.x; st.global.u32 [%d15], 1;");
    let module = hebb_ptxsim::Module::load(&source).unwrap();
    let mut device = hebb_ptxsim::SimDevice::new();
    let out = device.allocate(4);
    let arguments: Vec<Vec<u8>> = [out, 0, 0, 0].iter().map(|x| x.to_le_bytes().to_vec()).collect();
    let shape = hebb_ptxsim::LaunchShape {
        grid: [1; 3],
        block: [1; 3],
        dynamic_shared: 0,
    };
    for _ in 0..2 {
        device.launch(&module, "k", shape, &arguments).unwrap();
    }
    assert_eq!(device.take_defects(), []);
}

#[test]
fn the_read_only_cache_must_not_see_written_data() {
    let body = "st.global.u32 [%d15], 1; ld.global.nc.u32 %r0, [%d15];";
    assert_eq!(on_one_word(body, 1), [DefectKind::StaleReadOnly]);
    assert_eq!(
        on_one_word("ld.global.nc.u32 %r0, [%d15]; st.global.u32 [%d15], 1;", 1),
        []
    );
}
