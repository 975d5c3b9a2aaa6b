//! Small kernels around the statements under test.

use hebb_ptxsim::{Defect, DefectKind, LaunchError, LaunchShape, Module, SimDevice, Traffic};

/// A module with the kernel `k` whose parameters are `out`, `a`, `b` and `c`.
pub(crate) fn module(declarations: &str, body: &str) -> String {
    format!(
        ".version 8.1\n.target sm_70\n.address_size 64\n\
         .visible .entry k(\n.param .u64 out,\n.param .u64 a,\n.param .u64 b,\n.param .u64 c\n)\n{{\n\
         .reg .pred %p<8>;\n.reg .b16 %h<8>;\n.reg .b32 %r<16>;\n.reg .f32 %f<16>;\n.reg .b64 %d<16>;\n.reg .f64 %e<8>;\n\
         {declarations}\n\
         ld.param.u64 %d15, [out];\nld.param.u64 %d1, [a];\nld.param.u64 %d2, [b];\nld.param.u64 %d3, [c];\n\
         ld.param.u32 %r1, [a];\nld.param.u32 %r2, [b];\nld.param.u32 %r3, [c];\n\
         ld.param.u16 %h1, [a];\nld.param.u16 %h2, [b];\n\
         ld.param.f32 %f1, [a];\nld.param.f32 %f2, [b];\nld.param.f32 %f3, [c];\n\
         ld.param.f64 %e1, [a];\nld.param.f64 %e2, [b];\nld.param.f64 %e3, [c];\n\
         {}\nret;\n}}\n",
        body.replace(';', ";\n")
    )
}

/// Runs `body` by one thread and returns the register `%X0` that `class` names.
fn evaluate(body: &str, class: char, inputs: [u64; 3]) -> u64 {
    let store = match class {
        'p' => "selp.u32 %r15, 1, 0, %p0; st.global.u32 [%d15], %r15;".to_owned(),
        'h' => "st.global.u16 [%d15], %h0;".to_owned(),
        'r' | 'f' => format!("st.global.b32 [%d15], %{class}0;"),
        _ => format!("st.global.b64 [%d15], %{class}0;"),
    };
    let source = module("", &format!("{body} {store}"));
    let module = Module::load(&source).unwrap_or_else(|error| panic!("{error}"));
    let mut device = SimDevice::new();
    let out = device.allocate(8);
    device.write(out, &[0; 8]).unwrap();
    let arguments: Vec<Vec<u8>> = [out]
        .iter()
        .chain(&inputs)
        .map(|x| x.to_le_bytes().to_vec())
        .collect();
    let shape = LaunchShape {
        grid: [1; 3],
        block: [1; 3],
        dynamic_shared: 0,
    };
    device.launch(&module, "k", shape, &arguments).unwrap();
    let reports = device.take_defects();
    assert!(reports.is_empty(), "{reports:?}");
    u64::from_le_bytes(device.read(out, 8).unwrap().bytes.try_into().unwrap())
}

/// Inputs in `%r1`, `%r2`, `%r3`; result in `%r0`.
pub(crate) fn b32(body: &str, inputs: [u32; 3]) -> u32 {
    evaluate(body, 'r', inputs.map(u64::from)) as u32
}

/// Inputs in `%d1`, `%d2`, `%d3`; result in `%d0`.
pub(crate) fn b64(body: &str, inputs: [u64; 3]) -> u64 {
    evaluate(body, 'd', inputs)
}

/// Inputs in `%h1`, `%h2`; result in `%h0`.
pub(crate) fn b16(body: &str, inputs: [u16; 2]) -> u16 {
    evaluate(body, 'h', [inputs[0].into(), inputs[1].into(), 0]) as u16
}

/// Inputs in `%f1`, `%f2`, `%f3`; result in `%f0`.
pub(crate) fn f32(body: &str, inputs: [f32; 3]) -> f32 {
    f32::from_bits(evaluate(body, 'f', inputs.map(|x| x.to_bits().into())) as u32)
}

/// Inputs in `%e1`, `%e2`, `%e3`; result in `%e0`.
pub(crate) fn f64(body: &str, inputs: [f64; 3]) -> f64 {
    f64::from_bits(evaluate(body, 'e', inputs.map(f64::to_bits)))
}

/// Any inputs by their bits; result in `%p0`.
pub(crate) fn pred(body: &str, inputs: [u64; 3]) -> bool {
    evaluate(body, 'p', inputs) != 0
}

/// Result of a launch: the words of `out`, defects and traffic.
pub(crate) struct LaunchOutcome {
    pub(crate) out: Vec<u32>,
    pub(crate) reports: Vec<Defect>,
    pub(crate) result: Result<(), LaunchError>,
    pub(crate) traffic: Traffic,
}

impl LaunchOutcome {
    pub(crate) fn kinds(&self) -> Vec<DefectKind> {
        self.reports.iter().map(|report| report.kind).collect()
    }

    /// The words of `out`, of a run without any report.
    pub(crate) fn clean(self) -> Vec<u32> {
        assert!(
            self.result.is_ok() && self.reports.is_empty(),
            "{:?} {:?}",
            self.result,
            self.reports
        );
        self.out
    }
}

/// A launch of `body` over `out`, `words` zeroed words. [`PER_THREAD`] comes first.
pub(crate) struct Launch<'a> {
    pub(crate) declarations: &'a str,
    pub(crate) body: &'a str,
    pub(crate) words: usize,
    pub(crate) grid: u32,
    pub(crate) block: u32,
    pub(crate) dynamic_shared: usize,
}

impl Default for Launch<'_> {
    fn default() -> Self {
        Self {
            declarations: "",
            body: "",
            words: 64,
            grid: 1,
            block: 64,
            dynamic_shared: 0,
        }
    }
}

impl<'a> Launch<'a> {
    /// One block of 64 threads.
    pub(crate) fn of(body: &'a str) -> Self {
        Self {
            body,
            ..Self::default()
        }
    }

    /// Runs it. `a` is the address of 64 words that nobody has written, `b` of 64 words 0, 1, 2...
    pub(crate) fn run(&self) -> LaunchOutcome {
        let source = module(self.declarations, &format!("{PER_THREAD} {}", self.body));
        let module = Module::load(&source).unwrap_or_else(|error| panic!("{error}"));
        let mut device = SimDevice::new();
        device.set_instruction_limit(1 << 20);
        let out = device.allocate(4 * self.words);
        device.write(out, &vec![0; 4 * self.words]).unwrap();
        let (empty, counting) = (device.allocate(256), device.allocate(256));
        let words: Vec<u8> = (0..64u32).flat_map(u32::to_le_bytes).collect();
        device.write(counting, &words).unwrap();
        let arguments: Vec<Vec<u8>> = [out, empty, counting, 0]
            .iter()
            .map(|x: &u64| x.to_le_bytes().to_vec())
            .collect();
        let shape = LaunchShape {
            grid: [self.grid, 1, 1],
            block: [self.block, 1, 1],
            dynamic_shared: self.dynamic_shared,
        };
        let result = device.launch(&module, "k", shape, &arguments);
        let bytes = device.read(out, 4 * self.words).unwrap().bytes;
        let out = bytes
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        LaunchOutcome {
            out,
            reports: device.take_defects(),
            traffic: device.traffic(),
            result,
        }
    }
}

/// `%r4` = thread in block, `%d4` = its word in `out`, `%d5` = its word in `b`.
const PER_THREAD: &str = "mov.u32 %r4, %tid.x; mul.wide.u32 %d6, %r4, 4; \
     add.u64 %d4, %d15, %d6; add.u64 %d5, %d2, %d6;";
