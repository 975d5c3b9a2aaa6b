//! Errors of loading a module.

use crate::support::module;
use hebb_ptxsim::Module;

/// The reason why a body is refused.
fn refused(body: &str) -> String {
    Module::load(&module("", body)).expect_err(body).to_string()
}

#[test]
fn unknown_instructions_and_modifiers_are_refused() {
    for body in [
        "wmma.mma.sync %r0, %r1;",
        "add.cc.u32 %r0, %r1, %r2;",
        "add.rz.f32 %f0, %f1, %f2;",
        "ld.volatile.global.u32 %r0, [%d1];",
        "bar.sync 1;",
        "bar.sync 0, 32;",
        "bar.arrive 0, 32;",
        "shfl.bfly.b32 %r0, %r1, 1, 31;",
        "cvt.rn.bf16.f32 %h0, %f1;",
        "cvt.rz.f32.s32 %f0, %r1;",
        "atom.global.add.f64 %e0, [%d1], %e1;",
        "mad.rn.f32 %f0, %f1, %f2, %f3;",
        "and.f32 %f0, %f1, %f2;",
        "sin.approx.f64 %e0, %e1;",
        "membar.sys;",
        "prmt.b32.f4e %r0, %r1, %r2, %r3;",
        "st.param.u64 [out], %d1;",
    ] {
        assert!(!refused(body).is_empty());
    }
}

#[test]
fn the_error_names_line_and_statement() {
    let error = refused("frob.u32 %r0, %r1;");
    assert!(
        error.contains("frob is not implemented") && error.contains("`frob.u32 %r0, %r1`"),
        "{error}"
    );
    assert!(error.starts_with("PTX line 3"), "{error}");
}

#[test]
fn undeclared_names_are_refused() {
    assert!(refused("mov.u32 %r99, 1;").contains("%r99"));
    assert!(refused("mov.u32 %r0, nothing;").contains("nothing"));
    assert!(refused("bra $nowhere;").contains("$nowhere"));
    assert!(refused("@%q bra $nowhere;").contains("%q"));
    assert!(refused("add.u32 %r0, %r1;").contains("operand 2"));
}

#[test]
fn device_functions_and_uses_of_module_variables_are_refused() {
    assert!(Module::load(".version 8.1\n.func f()\n{\n}\n").is_err());
    assert!(Module::load(".visible .entry k(\n)\n{\nret;\n").is_err());
    let unused = format!(
        ".global .align 4 .b8 table[4] = {{1, 2, 3, 4}};\n{}",
        module("", "ret;")
    );
    assert!(Module::load(&unused).is_ok());
    let used = format!(
        ".global .align 4 .b8 table[4];\n{}",
        module("", "mov.u64 %d4, table;")
    );
    assert!(
        Module::load(&used)
            .unwrap_err()
            .to_string()
            .contains("table is not known")
    );
}

#[test]
fn parameters_are_laid_out_by_their_alignment() {
    let source = ".version 8.1\n.visible .entry k(\n.param .u32 a,\n.param .u64 b,\n.param .align 4 .b8 c[12]\n)\n\
                  .maxntid 64, 2, 1\n{\nret;\n}\n";
    let module = Module::load(source).unwrap();
    let layout: Vec<_> = module
        .kernel("k")
        .unwrap()
        .parameters()
        .iter()
        .map(|p| (p.offset, p.size))
        .collect();
    assert_eq!(layout, [(0, 4), (8, 8), (16, 12)]);
    assert_eq!(module.kernels().collect::<Vec<_>>(), ["k"]);
    let shape = hebb_ptxsim::LaunchShape {
        grid: [1; 3],
        block: [129, 1, 1],
        dynamic_shared: 0,
    };
    let arguments = [vec![0; 4], vec![0; 8], vec![0; 12]];
    assert!(
        hebb_ptxsim::SimDevice::new()
            .launch(&module, "k", shape, &arguments)
            .is_err()
    );
}
