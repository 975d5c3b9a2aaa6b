//! Coverage: a test names every opcode that the interpreter implements.

const SOURCES: [&str; 9] = [
    include_str!("arithmetic.rs"),
    include_str!("bits.rs"),
    include_str!("checks.rs"),
    include_str!("compare.rs"),
    include_str!("convert.rs"),
    include_str!("float.rs"),
    include_str!("memory.rs"),
    include_str!("races.rs"),
    include_str!("warp.rs"),
];

#[test]
fn every_opcode_has_a_test() {
    let starts = [" ", "\"", "\n"];
    let ends = [".", ";"];
    let tested = |opcode: &&&str| {
        SOURCES.iter().any(|source| {
            starts.iter().any(|start| {
                ends.iter()
                    .any(|end| source.contains(&format!("{start}{opcode}{end}")))
            })
        })
    };
    let untested: Vec<_> = hebb_ptxsim::OPCODES
        .iter()
        .filter(|opcode| !tested(opcode))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}
