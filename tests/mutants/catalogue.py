"""The faults: for each a file, a text that it holds once within a function, and what to put there instead."""

import dataclasses

LAWS = (("laws",),)
CORE = "hebb-core/src/"
CPU = "hebb-cpu/src/"
CORE_TARGETS = "--lib --test laws --test conformance --test states"


@dataclasses.dataclass
class Group:
    """Faults of one package.

    A round is the tests that should catch its faults, each a test program of `targets` and filters, and the faults.
    """

    name: str
    package: str
    targets: str
    rounds: list


def rules(*faults):
    """A round of faults in rules."""
    return LAWS, [(f"{CORE}rules/{rule}.rs", old, new) for rule, old, new in faults]


def alone(folder, tests, *faults):
    """Each fault in a round of its own."""
    return [(tests, [(folder + file, old, new)]) for file, old, new in faults]


Y, ACTIVITY = "Lowering::new(y())", "Lowering::new(-y())"

SIGNS = rules(
    ("anti_hebb", "Lowering::new(-y())", Y),
    ("bcm", "let factor = y() * (", "let factor = -y() * ("),
    ("covariance", "Lowering::new(u() - state(0))", "Lowering::new(state(0) - u())"),
    ("delta", "t() - u()", "u() - t()"),
    ("fast_hebb", "Lowering::new(square())", "Lowering::new(-square())"),
    ("hard_wta", "Lowering::new(winner())", "Lowering::new(-winner())"),
    ("hebb", Y, ACTIVITY),
    ("ica", "Sign::Plus => g,", "Sign::Plus => -g,"),
    ("instar", Y, ACTIVITY),
    ("krotov", Y, ACTIVITY),
    ("law_cooper", "let factor = y() * (", "let factor = -y() * ("),
    ("natural_ica", "rows: self.function", "rows: -self.function"),
    ("nonlinear_pca", "Lowering::new(g())", "Lowering::new(-g())"),
    ("oja", Y, ACTIVITY),
    ("outstar", "Lowering::new(t())", "Lowering::new(-t())"),
    ("sanger", Y, ACTIVITY),
    ("soft_hebb", Y, ACTIVITY),
    ("som", Y, ACTIVITY),
    ("subspace", Y, ACTIVITY),
    ("supervised", "Lowering::new(activity())", "Lowering::new(-activity())"),
    ("trace", "Lowering::new(memory())", "Lowering::new(-memory())"),
)

DROPS = rules(
    ("anti_hebb", "-y()", "Formula::Constant(0.0)"),
    ("bcm", "(y() - state(0))", "y()"),
    ("covariance", "Lowering::new(u() - state(0))", "Lowering::new(u())"),
    ("delta", "t() - u()", "t()"),
    ("fast_hebb", ".with_decay(Decay::Diagonal(square()))", ""),
    ("hard_wta", ".with_decay(Decay::Diagonal(winner()))", ""),
    ("hebb", Y, "Lowering::new(Formula::Constant(1.0))"),
    ("ica", "self.function.of(u())", "u()"),
    ("instar", ".with_decay(Decay::activity())", ""),
    ("krotov", ".with_decay(Decay::Diagonal(y() * u()))", ""),
    ("law_cooper", " * floored.recip()", ""),
    ("natural_ica", "identity: true", "identity: false"),
    ("nonlinear_pca", ".with_decay(Decay::gram(g(), self.order.is_hierarchical()))", ""),
    ("oja", ".with_decay(Decay::Diagonal(y() * y()))", ""),
    ("outstar", ".with_decay(Decay::Input)", ""),
    ("sanger", ".with_decay(Decay::gram(y(), true))", ""),
    ("soft_hebb", ".with_decay(Decay::Diagonal(y() * u()))", ""),
    ("som", ".with_decay(Decay::magnitude())", ""),
    ("subspace", ".with_decay(Decay::gram(y(), false))", ""),
    ("supervised", ".with_decay(Decay::Diagonal(activity()))", ""),
    ("trace", ".with_decay(Decay::Diagonal(memory()))", ""),
)

DECAYS = rules(
    ("bcm", "y() * (y() - state(0))", "y() - state(0)"),
    ("fast_hebb", "Decay::Diagonal(square())", "Decay::activity()"),
    ("hard_wta", "Decay::Diagonal(winner())", "Decay::activity()"),
    ("krotov", "y() * u()", "u() * u()"),
    ("law_cooper", "y() * (y() - state(0))", "y() * y()"),
    ("natural_ica", "columns: u()", "columns: self.function.of(u())"),
    ("nonlinear_pca", "Decay::gram(g(), self.order.is_hierarchical())", "Decay::gram(g(), !self.order.is_hierarchical())"),
    ("oja", "Decay::Diagonal(y() * y())", "Decay::Diagonal(y())"),
    ("outstar", "Decay::Input", "Decay::activity()"),
    ("sanger", "Decay::gram(y(), true)", "Decay::gram(y(), false)"),
    ("soft_hebb", "y() * u()", "y() * y()"),
    ("som", "Decay::magnitude()", "Decay::activity()"),
    ("subspace", "Decay::gram(y(), false)", "Decay::gram(y(), true)"),
    ("supervised", "Gate::Clamp => t() * y()", "Gate::Clamp => t()"),
    ("trace", "Formula::Constant(1.0 - self.rate) * state(0)", "state(0)"),
    ("k_wta", "Rule::lower(&Instar)", "Rule::lower(&Instar).with_decay(crate::rule::Decay::None)"),
    ("soft_wta", "Rule::lower(&Instar)", "Rule::lower(&Instar).with_decay(crate::rule::Decay::None)"),
    ("winner_label", "Rule::lower(&Hebb)", "Rule::lower(&Hebb).with_decay(crate::rule::Decay::activity())"),
)

TRANSPOSED = rules(
    (
        "natural_ica",
        "rows: self.function.of(u()),\n            columns: u(),",
        "rows: u(),\n            columns: self.function.of(u()),",
    ),
    ("k_wta", "Rule::lower(&Instar)", "Lowering::new(-crate::rule::y()).with_decay(crate::rule::Decay::activity())"),
    ("soft_wta", "Rule::lower(&Instar)", "Lowering::new(-crate::rule::y()).with_decay(crate::rule::Decay::activity())"),
    ("winner_label", "Rule::lower(&Hebb)", "Lowering::new(-crate::rule::y())"),
)

ORDERED = rules(
    ("natural_ica", "lower: self.order.is_hierarchical()", "lower: !self.order.is_hierarchical()"),
    ("trace", "Formula::Constant(self.rate) * y()", "y()"),
)

RULES = Group("rules", "hebb-core", CORE_TARGETS, [SIGNS, DROPS, DECAYS, TRANSPOSED, ORDERED])

NONLINEARITIES = alone(
    CORE,
    LAWS,
    ("rules/nonlinearity.rs", "Self::Tanh => v.apply(Unary::Tanh)", "Self::Tanh => v"),
    ("rules/nonlinearity.rs", "v.clone() * v.clone() * v,", "v.clone() * v,"),
    ("rules/nonlinearity.rs", "Self::Relu => v.max(Formula::Constant(0.0))", "Self::Relu => v"),
)

# What a rule's states follow, and what a patch counts for, are formulas that no loss holds.
STATES = alone(
    CORE,
    (("laws",), ("states",)),
    ("rules/bcm.rs", "of: y() * y()", "of: y()"),
    ("rules/covariance.rs", "of: u()", "of: y() * y()"),
    ("rules/covariance.rs", "statistic: Statistic::Batch", "statistic: Statistic::Running { rate: 0.5 }"),
    ("rules/law_cooper.rs", "Statistic::Running { rate: self.rate }", "Statistic::Running { rate: 1.0 }"),
    ("rules/trace.rs", "of: y()", "of: u()"),
    ("rules/trace.rs", "statistic: Statistic::Running { rate: self.rate }", "statistic: Statistic::Batch"),
) + alone(
    CORE,
    (("hebb_core", "network"),),
    ("rules/supervised.rs", ".with_weight(activity().abs())", ""),
)

REDUCTIONS = alone(
    CORE,
    (("hebb_core", "reduction"), ("conformance",)),
    ("plan/reduction.rs", "Self::Mean => 1.0 / patches as f64", "Self::Mean => 1.0"),
    ("plan/reduction.rs", "1.0 / weight.max(", "weight.max("),
    ("plan/reduction.rs", "1.0 / largest.max(SMALLEST)", "1.0 / (largest * largest).max(SMALLEST)"),
    ("backend/step.rs", "Reduction::Sum => Ok(())", "Reduction::Sum => backend.update(&(Formula::Operand(0) * 0.5), dims, &[], delta)"),
    (
        "backend/step.rs",
        "backend.update(&scaled(), dims, &[Operand::single(&scale)], delta)?;",
        "",
    ),
    ("backend/step.rs", "let scale = reduction.scale(sums.patches, 0.0, 0.0) as f32;", "let scale = 1.0;"),
    ("backend/step.rs", "weight.clone().positive() * weight.max(f32::MIN_POSITIVE).recip()", "weight.positive()"),
    ("backend/step.rs", "largest.max(SMALLEST).recip()", "largest.max(SMALLEST)"),
    ("backend/step.rs", "largest.max(value.abs())", "largest.max(*value)"),
)

LOWERING = alone(
    CORE,
    (("conformance",),),
    ("backend/step.rs", "hebb - w * c", "hebb + w * c"),
    ("backend/step.rs", "Operand::rows(&sums.decay)", "Operand::columns(&sums.decay)"),
    ("backend/step.rs", ".scaled(-1.0, 1.0)", ".scaled(1.0, 1.0)"),
    ("backend/step.rs", ".scaled(-1.0, 1.0)", ".scaled(-1.0, 0.0)"),
    ("backend/step.rs", "Gemm::new(units, dims.cols, units).scaled", "Gemm::new(units, dims.cols, units).transpose_a().scaled"),
    ("backend/step.rs", "backend.lower_triangle(units, &mut lower)?;", ""),
    ("backend/step.rs", "if outer.identity {", "if false && outer.identity {"),
    ("backend/step.rs", "let patches = sums.patches as f32;", "let patches = 1.0;"),
    ("backend/step.rs", "Operand::columns(&sums.decay)", "Operand::rows(&sums.decay)"),
    ("backend/step.rs", "backend.update(&scaled(), dims, &[Operand::elements(mask)], delta)?;", "let _ = mask;"),
    ("backend/step.rs", "w + delta * step.rate", "w - delta * step.rate"),
    ("backend/step.rs", "Formula::from(step.rate) * factor", "factor"),
    ("backend/step.rs", "Constraint::UnitNorm => backend.normalize_rows(dims, EPSILON, weights)", "Constraint::UnitNorm => Ok(())"),
    ("backend/pass.rs", "backend.map(formula, dims, operands, &mut factor)?;", "backend.map(&input.plan.lowering.factor, dims, operands, &mut factor)?;"),
    ("backend/pass.rs", "backend.gemm(product, &factor, &columns, &mut sums.decay)", "backend.gemm(product, &columns, &factor, &mut sums.decay)"),
    ("backend/pass.rs", "backend.column_sums(input.patches(), patches, &mut sums.decay)?", "drop((input.patches(), patches))"),
    ("backend/pass.rs", "backend.map(&lowering.weight,", "backend.map(&lowering.factor,"),
    ("backend/pass.rs", "y().positive()", "y()"),
    ("backend/pass.rs", "backend.map(&lowering.factor,", "backend.map(&lowering.weight,"),
    ("backend/pass.rs", "sums.patches = dims.rows", "sums.patches = input.images"),
    ("backend/pass.rs", "sum / dims.rows.max(1) as f32", "*sum"),
    ("backend/pass.rs", "if state.statistic == Statistic::Batch", "if state.statistic != Statistic::Batch"),
    ("backend/pass.rs", "if plan.lowering.clamped", "if !plan.lowering.clamped"),
    ("backend/pass.rs", "t.positive() * y)", "t.positive() * 0.0 + y)"),
    ("backend/pass.rs", "Operand::shared_rows(teacher, plan.geometry.positions())", "Operand::shared_rows(teacher, 1)"),
)

TEACHERS = alone(
    CORE,
    (("hebb_core", "teacher"),),
    ("network/teacher.rs", "self.clamps && !learns", "false"),
    ("rules/supervised.rs", "Gate::Clamp => lowering.clamp()", "Gate::Clamp => lowering"),
)

POOLING = alone(
    CORE,
    (("hebb_core", "backprop"),),
    ("backprop/stack.rs", "&& matches!(ops[at - 1], OpConfig::Relu)", ""),
    ("backprop/stack.rs", " if pool.kind == PoolKind::Max", ""),
)

REFERENCE = alone(
    CORE,
    (("hebb_core", "reference"), ("conformance",)),
    ("reference/matrix.rs", "f64::from(gemm.alpha) * product", "product"),
    ("reference/matrix.rs", "f64::from(gemm.beta) * f64::from(*c)", "f64::from(*c)"),
    ("reference/matrix.rs", "a[if gemm.transpose_a", "a[if !gemm.transpose_a"),
    ("reference/matrix.rs", "b[if gemm.transpose_b", "b[if !gemm.transpose_b"),
    ("reference/matrix.rs", "(0..dims.rows)", "(1..dims.rows)"),
    ("reference/elementwise.rs", "in_place.then_some(f64::from(*target))", "in_place.then_some(f64::from(-*target))"),
    ("reference/matrix.rs", "values[row + 1..]", "values[row..]"),
    ("reference/matrix.rs", "norm_squared(row).sqrt()", "norm_squared(row)"),
    ("reference/elementwise.rs", "f64::from(u - b)", "f64::from(u + b)"),
    ("backend/operand.rs", "Self::Column => col", "Self::Column => 0"),
    ("reference/elementwise.rs", "&operand.buffer[operand.offset..]", "&operand.buffer[..]"),
    ("reference/conv.rs", "conv.source(0, row, tap_row)", "conv.source(0, row, tap_row).map(|y| y.saturating_sub(1))"),
)

LAYERS = alone(
    CORE,
    (("hebb_core", "layer"), ("states",)),
    ("layer/learning.rs", "b + (active", "b - (active"),
    ("layer/learning.rs", "active * share - target", "active * share"),
    ("layer/learning.rs", "rate * (sum * share - s)", "(sum * share - s) + rate * 0.0"),
    ("layer/homeostasis/conscience.rs", "wins * share - won", "wins * share + won"),
    ("layer/homeostasis/conscience.rs", "(won - fair_share) * strength", "(won - fair_share) * -strength"),
    ("layer/homeostasis/mod.rs", "Formula::from(target) - weight * share", "weight * share - target"),
    ("layer/homeostasis/inactive.rs", "(Formula::from(1.0) - wins.positive())", "(Formula::from(1.0) - wins.positive() * 0.0)"),
    ("layer/homeostasis/mod.rs", "            learning.thresholds,\n", "            true,\n"),
    ("layer/homeostasis/abstention.rs", "abstains * OUT_OF_REACH", "abstains * -OUT_OF_REACH"),
    ("layer/homeostasis/abstention.rs", "(victories.clone() - drawn * (most + fair).max(1.0))", "(drawn * (most + fair).max(1.0) - victories.clone())"),
    ("layer/homeostasis/reseed.rs", ".min_by(|&a, &b|", ".max_by(|&a, &b|"),
    ("layer/homeostasis/reseed.rs", "set(backend, thresholds, unit, 0.0)?", "set(backend, thresholds, unit, 1.0)?"),
)

CORE_GROUP = Group("core", "hebb-core", CORE_TARGETS, NONLINEARITIES + STATES + REDUCTIONS + LOWERING + REFERENCE + LAYERS + TEACHERS + POOLING)

TESTS = (("conformance", "one_thread"), ("clamped",), ("pass",), ("threads",))

PLANES = alone(
    CPU,
    TESTS,
    ("pass/sums.rs", "self.weight[unit] += activity.abs()", "self.weight[unit] += activity"),
    ("pass/sums.rs", "activity > 0.0)", "activity >= 1.0)"),
    ("pass/sums.rs", "self.decay[unit] += formulas", "self.decay[unit] -= formulas"),
    ("pass/planes/learn.rs", "formulas.value(&formulas.rule.factor,", "formulas.value(&hebb_core::rule::y(),"),
    ("pass/sums.rs", "self.states[index * formulas.units + unit] +=", "self.states[unit] +="),
    ("pass/planes/pruned.rs", "*sum += factor * planes", "*sum -= factor * planes"),
    ("pass/planes/learn.rs", "[window.dilation[0] * row_len, ", "[row_len, "),
    ("pass/formula.rs", "self.teacher.get(response.unit)", "self.teacher.first()"),
    ("pass/formula.rs", "self.states.iter().skip(response.unit)", "self.states.iter()"),
    ("pass/planes/learn.rs", "simd.partial_store_f32s(sums_rest, simd.mul_add_e_f32s(factor, value, sum));", "let _ = (value, sum);"),
    ("pass/planes/winners.rs", "simd.sub_f32s(row[run], threshold)", "simd.add_f32s(row[run], threshold)"),
    ("pass/planes/competition.rs", "let wins = simd.greater_than_f32s(score, best.scores[run]);", "let wins = simd.greater_than_or_equal_f32s(score, best.scores[run]);"),
    ("pass/planes/competition.rs", "simd.greater_than_u32s(unit, last.units[run])", "simd.less_than_u32s(unit, last.units[run])"),
    ("pass/planes/competition.rs", "search.settle_zeros();", ""),
    ("pass/planes/competition.rs", "*activity *= f32::from(u8::from(image.teacher[*unit as usize] > 0.0));", "let _ = (activity, unit);"),
    ("pass/planes/chunk.rs", "if *t > 0.0", "if *t >= 0.0"),
    ("pass/planes/chunk.rs", "pass.input.teacher(index)", "pass.input.teacher(0)"),
    ("pass/planes/competition.rs", "thresholds: if clamped {", "thresholds: if false {"),
    ("pass/path.rs", "input.clamped && input.winners() == 0", "false"),
    ("pass/path.rs", "whole && covers_graded(input)", "!pruned && covers_graded(input)"),
    ("pass/path.rs", "whole && covers_sparse(input)", "!pruned && covers_sparse(input)"),
    ("pass/planes/reduce.rs", "row[*column as usize] += value", "row[*column as usize] = *value"),
    ("pass/sums.rs", "sums.patches = plan.patches(input.images)", "sums.patches = input.images"),
    ("pass/planes/reduce.rs", "add(to, values)", "to.copy_from_slice(values)"),
)

GRADED = alone(
    CPU,
    TESTS,
    ("pass/rows/gradient.rs", "!gradient.continues && task == 0", "gradient.continues && task == 0"),
    ("pass/rows/gradient.rs", "((panel + 1) * NR).min(patch_len)", "((panel + 1) * NR - 1).min(patch_len)"),
    ("pass/rows/gradient.rs", "(first + block) * cut.rows", "first * cut.rows"),
    ("pass/rows/gradient.rs", "cut.rows + steps.start", "cut.rows"),
    ("pass/rows/graded.rs", "formula(&rule.factor, operands, self.values)", "formula(&rule.weight, operands, self.values)"),
    ("pass/rows/graded.rs", "formula(&rule.weight, operands, self.values)", "formula(&y(), operands, self.values)"),
    ("pass/rows/graded.rs", "*out = y * u", "*out = y * y"),
    ("pass/rows/graded.rs", "*out = y.abs()", "*out = *y"),
    ("pass/rows/block.rs", "self.first_image + index / plan.geometry.positions()", "self.first_image"),
    ("pass/rows/graded.rs", "            add(&mut self.sums.decay, self.values);\n", ""),
    ("pass/rows/graded.rs", "u8::from(*y > 0.0)", "u8::from(*y < 0.0)"),
)

SPARSE = alone(
    CPU,
    TESTS,
    ("pass/rows/sparse_gradient.rs", "row[k] += winner.factor * value", "row[k] -= winner.factor * value"),
    ("pass/rows/sparse_gradient.rs", "factors[unit] += winner.factor", "factors[unit] = winner.factor"),
    ("pass/rows/sparse_gradient.rs", "*constant += factor * image.background", "*constant += factor"),
    ("pass/rows/sparse_gradient.rs", "row.iter_mut().for_each(|sum| *sum += constant);", "let _ = (row, constant);"),
    ("pass/rows/sparse_image.rs", "value: value - background", "value: *value"),
    ("pass/rows/operands.rs", "sums[unit] = sum_of(weights, |weight| weight)", "sums[unit] = sum_of(weights, |weight| weight * weight)"),
)

GEMM = alone(
    CPU,
    TESTS,
    ("gemm/micro_kernel.rs", "PACE * paces + step", "step"),
    ("gemm/micro_kernel.rs", "simd.mul_add_e_f32s(value, line[run], sums[row][run])", "simd.mul_add_e_f32s(value, line[run], line[run])"),
    ("gemm/micro_kernel.rs", "simd.mul_add_e_f32s(factor, sums[row][run], to[run])", "simd.mul_add_e_f32s(factor, sums[row][run], sums[row][run])"),
    ("gemm/micro_kernel.rs", "                to.fill(0.0);\n", "                let _ = &to;\n"),
    ("gemm/by_rows.rs", "work.fresh && steps.start == 0", "work.fresh"),
    ("gemm/micro_kernel.rs", "simd.mul_add_e_f32s(factor, *sum, former)", "simd.mul_add_e_f32s(factor, *sum, *sum)"),
    ("gemm/pack_b.rs", "self.values[step * self.columns..]", "self.values[..]"),
    ("gemm/pack_b.rs", "row[at] = *value", "row[0] = *value"),
    ("gemm/pack_b.rs", "at += len;", ""),
    ("gemm/by_columns.rs", "NR.min(split.columns - panel * NR)", "(split.columns - panel * NR).min(NR - 1)"),
)

WINOGRAD = alone(
    CPU,
    (("winograd", "as_in_the_reference", "are_the_direct_ones"),),
    ("winograd/transform.rs", "simd.sub_f32s(c, b)", "simd.sub_f32s(b, c)"),
    ("winograd/transform.rs", "simd.neg_f32s(d)", "d"),
    ("winograd/transform.rs", "simd.mul_f32s(half, simd.sub_f32s(outer, b))", "simd.mul_f32s(half, simd.add_f32s(outer, b))"),
    ("winograd/transform.rs", "simd.add_f32s(sum, d)", "sum"),
    ("winograd/transform.rs", "simd.sub_f32s(simd.sub_f32s(b, c), d)", "simd.sub_f32s(b, c)"),
    ("winograd/transform.rs", "[1.0, -1.0]", "[1.0, 1.0]"),
    ("winograd/input.rs", "take(rows)", "take(3)"),
    ("winograd/input.rs", "simd.add_f32s(load(simd, pixel, channel), found[down][across])", "found[down][across]"),
    ("winograd/filters.rs", "if continues {", "if !continues {"),
    ("winograd/filters.rs", "first + channel", "channel"),
    ("winograd/grad_output.rs", "None => corners.factors[corner] = 0.0", "None => {}"),
    ("winograd/grad_output.rs", "(image / self.group[0], image % self.group[0])", "(0, image)"),
    ("winograd/forward.rs", "self.filters.point(point).columns(from..from + columns)", "self.filters.point(point).columns(0..columns)"),
    ("winograd/forward.rs", "simd.add_f32s(*value, load(simd, bias, column))", "*value"),
    ("winograd/grad_filter.rs", "index * units..index * units + sums.len() / tiling.filter_len()", "0..sums.len() / tiling.filter_len()"),
    ("winograd/grad_filter.rs", "task * UNITS * channels..", ".."),
    ("winograd/input.rs", "tiling.places(0, row)", "tiling.places(0, row + 1)"),
    ("pass/planes/transformed.rs", "block * ROWS..", ".."),
    ("pass/planes/transformed.rs", "row * (width + 2)..", ".."),
)

PRIMITIVES = alone(
    CPU,
    TESTS,
    ("primitives/map/mod.rs", "EachRow(&values[row..], self.cols)", "EachRow(values, self.cols)"),
    ("primitives/map/apply.rs", "f(v, *w)", "f(*w, v)"),
    ("primitives/rows.rs", "row[index + 1..].fill(0.0)", "row[index..].fill(0.0)"),
    ("primitives/sums.rs", "f32::max(largest, value.abs())", "f32::max(largest, *value)"),
    ("primitives/sums.rs", "|(lane, value)| *lane += term(*value)", "|(lane, value)| *lane = term(*value)"),
    ("primitives/map/mod.rs", "spread.index(self.cols, row + offset, column)", "spread.index(self.cols, row, column)"),
    ("primitives/map/mod.rs", "rule.states[(position - STATES) * self.cols..]", "rule.states[..]"),
    ("primitives/map/mod.rs", "values[column..]", "values[..]"),
    ("primitives/map/apply.rs", "|v, w| v - w", "|v, w| w - v"),
    ("primitives/map/apply.rs", "left[index * row.len()..]", "left[..]"),
    ("primitives/map/apply.rs", "each(left, out, |v| f(v, w))", "each(None, out, |v| f(v, w))"),
    ("primitives/map/apply.rs", "*out = f(*v, *w)", "*out = f(*w, *v)"),
    ("pass/operands.rs", "self.learns || self.plan.output == Output::Competition", "self.plan.output == Output::Competition"),
    ("pass/operands.rs", "self.learns || self.plan.output == Output::Competition", "self.learns"),
    ("primitives/activate.rs", "2.0 * u.sqrt() - 1.0", "u.sqrt()"),
    ("primitives/compete.rs", "*u -= b", "*u += b"),
    ("primitives/compete.rs", "if wins { r } else { -r }", "if wins { r } else { r }"),
    ("primitives/compete.rs", "f32::from(u8::from(wins)) - r", "r - f32::from(u8::from(wins))"),
    ("primitives/compete.rs", "exp(beta * (*s - largest))", "exp(*s - largest)"),
    ("primitives/compete.rs", "(key == last && ties > 0)", "key == last"),
    ("primitives/similarity.rs", "Similarity::Nearest => 0.5 * squared", "Similarity::Nearest => squared"),
    ("primitives/similarity.rs", "one + other - 2.0 * *dot", "one + other - *dot"),
    ("primitives/random.rs", "start + first as u128", "start"),
    ("primitives/random.rs", "stream.set_word_pos(start + len)", "stream.set_word_pos(start)"),
)

CPU_GROUP = Group("cpu", "hebb-cpu", "--test conformance --test clamped --test pass --test threads --test winograd", PLANES + GRADED + SPARSE + GEMM + WINOGRAD + PRIMITIVES)

GROUPS = [RULES, CORE_GROUP, CPU_GROUP]
