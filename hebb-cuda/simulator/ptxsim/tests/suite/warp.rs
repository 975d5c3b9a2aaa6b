//! Shuffles, votes, barriers and special registers.

use crate::support::Launch;

fn run(body: &str) -> Vec<u32> {
    Launch::of(&format!("{body} st.global.u32 [%d4], %r0;"))
        .run()
        .clean()
}

#[test]
fn shfl_reads_another_lane() {
    assert_eq!(
        run("shfl.sync.bfly.b32 %r0, %r4, 1, 31, -1;")[32..35],
        [33, 32, 35]
    );
    assert_eq!(run("shfl.sync.down.b32 %r0|%p1, %r4, 2, 31, -1;")[..2], [2, 3]);
    assert_eq!(
        run("shfl.sync.down.b32 %r0, %r4, 2, 31, -1;")[30..33],
        [30, 31, 34]
    );
    assert_eq!(run("shfl.sync.up.b32 %r0, %r4, 2, 0, -1;")[..4], [0, 1, 0, 1]);
    assert_eq!(run("shfl.sync.idx.b32 %r0, %r4, 5, 31, -1;")[31..33], [5, 37]);
}

#[test]
fn shfl_says_whether_the_source_was_in_range() {
    let out = run("shfl.sync.down.b32 %r1|%p1, %r4, 2, 31, -1; selp.u32 %r0, 1, 0, %p1;");
    assert_eq!(out[28..34], [1, 1, 0, 0, 1, 1]);
}

#[test]
fn shfl_works_in_segments() {
    let eights = (32 - 8) << 8 | 7;
    let out = run(&format!("shfl.sync.idx.b32 %r0, %r4, 3, {eights}, -1;"));
    assert_eq!([out[0], out[7], out[8], out[63]], [3, 3, 11, 59]);
}

#[test]
fn shfl_with_half_masks_completes_by_halves() {
    let body = "and.b32 %r5, %r4, 31; setp.lt.u32 %p1, %r5, 16; mov.u32 %r0, 0; @!%p1 bra $high; \
                shfl.sync.idx.b32 %r0, %r4, 1, 31, 0xffff; bra $end;\n$high:\n\
                shfl.sync.idx.b32 %r0, %r4, 20, 31, 0xffff0000;\n$end:\n";
    let out = run(body);
    assert_eq!([out[0], out[16], out[32], out[63]], [1, 20, 33, 52]);
}

#[test]
fn vote_counts_lanes() {
    let set = "and.b32 %r5, %r4, 1; setp.eq.u32 %p1, %r5, 1;";
    assert_eq!(
        run(&format!("{set} vote.sync.ballot.b32 %r0, %p1, -1;"))[0],
        0xaaaa_aaaa
    );
    assert_eq!(
        run(&format!("{set} vote.sync.ballot.b32 %r0, !%p1, -1;"))[0],
        0x5555_5555
    );
    for (mode, expected) in [("any", 1), ("all", 0), ("uni", 0)] {
        let body = format!("{set} vote.sync.{mode}.pred %p2, %p1, -1; selp.u32 %r0, 1, 0, %p2;");
        assert_eq!(run(&body)[0], expected, "{mode}");
    }
}

#[test]
fn special_registers_place_the_thread() {
    assert_eq!(run("mov.u32 %r0, %laneid;")[33], 1);
    assert_eq!(run("mov.u32 %r0, %warpid;")[33], 1);
    assert_eq!(run("mov.u32 %r0, %ntid.x;")[33], 64);
    assert_eq!(run("mov.u32 %r0, %nctaid.x;")[33], 1);
    assert_eq!(run("mov.u32 %r0, %ctaid.x;")[33], 0);
    assert_eq!(run("mov.u32 %r0, %tid.y;")[33], 0);
}

#[test]
fn lane_masks_name_the_lanes_around() {
    for (mask, expected) in [("eq", 2), ("lt", 1), ("le", 3), ("gt", !3), ("ge", !1)] {
        assert_eq!(
            run(&format!("mov.u32 %r0, %lanemask_{mask};"))[33],
            expected,
            "{mask}"
        );
    }
}

#[test]
fn bar_sync_lets_every_thread_see_every_write() {
    let declarations = ".shared .align 4 .b8 s[256];";
    for barrier in ["bar.sync 0;", "barrier.sync 0;"] {
        let body = format!(
            "mov.u64 %d7, s; add.u64 %d7, %d7, %d6; st.shared.u32 [%d7], %r4; {barrier} \
             xor.b32 %r5, %r4, 63; mul.wide.u32 %d8, %r5, 4; mov.u64 %d7, s; add.u64 %d7, %d7, %d8; \
             ld.shared.u32 %r0, [%d7]; st.global.u32 [%d4], %r0;"
        );
        let out = Launch {
            declarations,
            body: &body,
            ..Launch::default()
        }
        .run()
        .clean();
        assert_eq!(out, (0..64).rev().collect::<Vec<_>>());
    }
}

#[test]
fn a_partial_last_warp_completes_its_shuffles() {
    let body = "shfl.sync.bfly.b32 %r0, %r4, 1, 31, -1; st.global.u32 [%d4], %r0;";
    let out = Launch {
        body,
        block: 40,
        ..Launch::default()
    }
    .run()
    .clean();
    assert_eq!(out[32..36], [33, 32, 35, 34]);
}
