//! Loads, stores and atomics.

use crate::support::Launch;

fn run(body: &str) -> Vec<u32> {
    Launch::of(body).run().clean()
}

#[test]
fn ld_and_st_move_words() {
    let out = run("ld.global.u32 %r0, [%d5]; add.u32 %r0, %r0, 5; st.global.u32 [%d4], %r0;");
    assert_eq!(out, (5..69).collect::<Vec<_>>());
}

#[test]
fn narrow_loads_extend_by_their_type() {
    let out =
        run("mov.u32 %r0, 0x80; st.global.u8 [%d4], %r0; ld.global.s8 %r1, [%d4]; st.global.u32 [%d4], %r1;");
    assert_eq!(out[3], 0xffff_ff80);
    let out = run(
        "mov.u32 %r0, 0x80; st.global.u8 [%d4+1], %r0; ld.global.u16 %h1, [%d4]; \
                   cvt.u32.u16 %r0, %h1; st.global.u32 [%d4], %r0;",
    );
    assert_eq!(out[3], 0x8000);
}

#[test]
fn vectors_move_several_words() {
    let body = "setp.eq.u32 %p1, %r4, 0; @!%p1 bra $end; ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%d5+16]; \
                st.global.v2.u32 [%d4], {%r3, %r0};\n$end:\n";
    assert_eq!(run(body)[..3], [7, 4, 0]);
}

#[test]
fn generic_addresses_reach_every_space() {
    let declarations = ".shared .align 4 .b8 s[256];\n.local .align 4 .b8 l[8];";
    let body = "mov.u64 %d7, s; cvta.shared.u64 %d7, %d7; add.u64 %d7, %d7, %d6; st.u32 [%d7], %r4;
         mov.u64 %d8, l; cvta.local.u64 %d8, %d8; ld.u32 %r5, [%d7]; st.u32 [%d8+4], %r5; ld.local.u32 %r6, [l+4];
         st.u32 [%d4], %r6;";
    let out = Launch {
        declarations,
        body,
        ..Launch::default()
    }
    .run()
    .clean();
    assert_eq!(out, (0..64).collect::<Vec<_>>());
}

#[test]
fn dynamic_shared_memory_follows_the_static_arrays() {
    let source = "\
        .version 8.1\n.target sm_70\n.address_size 64\n\
        .extern .shared .align 16 .b8 dyn[];\n\
        .visible .entry k(\n.param .u64 out\n)\n{\n\
        .reg .b32 %r<4>;\n.reg .b64 %d<4>;\n.shared .align 4 .b8 fixed[4];\n\
        mov.u32 %r1, 9;\nst.shared.u32 [dyn+12], %r1;\nst.shared.u32 [fixed], %r1;\n\
        ld.shared.u32 %r2, [dyn+12];\nld.param.u64 %d1, [out];\nst.global.u32 [%d1], %r2;\nret;\n}\n";
    let module = hebb_ptxsim::Module::load(source).unwrap();
    let mut device = hebb_ptxsim::SimDevice::new();
    let out = device.allocate(4);
    let mut shape = hebb_ptxsim::LaunchShape {
        grid: [1; 3],
        block: [1; 3],
        dynamic_shared: 16,
    };
    device
        .launch(&module, "k", shape, &[out.to_le_bytes().to_vec()])
        .unwrap();
    assert_eq!(device.read(out, 4).unwrap().bytes, [9, 0, 0, 0]);
    shape.dynamic_shared = 12;
    assert!(
        device
            .launch(&module, "k", shape, &[out.to_le_bytes().to_vec()])
            .is_err()
    );
}

#[test]
fn atomics_return_the_old_value_and_update() {
    let body = "atom.global.add.u32 %r0, [%d15], 2; st.global.u32 [%d4+256], %r0;";
    let out = Launch {
        body,
        words: 128,
        ..Launch::default()
    }
    .run()
    .clean();
    assert_eq!(out[0], 128);
    let mut old = out[64..].to_vec();
    old.sort_unstable();
    assert_eq!(old, (0..64).map(|i| 2 * i).collect::<Vec<_>>());
}

#[test]
fn each_atomic_operation() {
    let expectations = [
        ("red.global.max.u32 [%d15], %r4;", 63),
        ("red.global.or.b32 [%d15], %r4;", 63),
        ("red.global.xor.b32 [%d15], %r4;", 0),
        ("red.global.and.b32 [%d15], %r4;", 0),
        ("neg.s32 %r5, %r4; red.global.min.s32 [%d15], %r5;", -63i32 as u32),
        (
            "cvt.rn.f32.u32 %f1, %r4; red.global.add.f32 [%d15], %f1;",
            2016f32.to_bits(),
        ),
        ("atom.global.cas.b32 %r0, [%d15], %r4, 1;", 0),
        ("atom.global.exch.b32 %r0, [%d15], 4;", 4),
    ];
    for (body, expected) in expectations {
        let seen = run(body)[0];
        let expected = if body.contains("cas") { 1 } else { expected };
        assert_eq!(seen, expected, "{body}");
    }
}

#[test]
fn membar_is_accepted() {
    assert_eq!(run("membar.gl; membar.cta; st.global.u32 [%d4], 1;")[5], 1);
}

#[test]
fn traffic_counts_each_byte_once_for_reading_and_once_for_writing() {
    let body = "ld.global.u32 %r0, [%d5]; ld.global.u32 %r5, [%d2]; st.global.u32 [%d4], %r0; \
         st.global.u32 [%d4], %r0;";
    let traffic = Launch::of(body).run().traffic;
    assert_eq!((traffic.read, traffic.written), (256, 256));
}
