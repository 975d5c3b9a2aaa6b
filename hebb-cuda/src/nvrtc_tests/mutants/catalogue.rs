//! Catalogue of mutations: each match of a pattern in a kernel file is a mutant.

use std::fmt;

use crate::kernel::SOURCES;

/// A file with one place changed.
#[derive(Clone, Debug)]
pub(super) struct Mutant {
    pub(super) file: &'static str,
    pub(super) line: usize,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) text: String,
    /// Reason why no probe can detect it, if none can.
    pub(super) harmless: Option<&'static str>,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} line {}: `{}` became `{}`",
            self.file, self.line, self.from, self.to
        )
    }
}

/// Patterns and their replacements.
const CHANGES: &[(&str, &str)] = &[
    // Barriers.
    ("__syncthreads();", ""),
    // Guards of threads beyond the last element, row or column.
    ("if (i >= len) return;", ""),
    ("if (i < len) ", ""),
    ("i < size * size && ", ""),
    ("if (row >= rows) return;", ""),
    ("row >= rows || ", ""),
    ("if (c >= cols) return;", ""),
    ("if (c < cols) {", "{"),
    ("row_lane > 0 || c >= cols", "row_lane > 0"),
    ("row_lane > 0 || c >= cols", "c >= cols"),
    ("if (inside) ", ""),
    ("inside ? ", "true ? "),
    ("inside && key", "key"),
    ("inside && order_key", "order_key"),
    // Ends and strides of loops.
    ("c < cols;", "c <= cols;"),
    ("k < cols;", "k <= cols;"),
    ("unit < units;", "unit <= units;"),
    ("unit < scores.units;", "unit <= scores.units;"),
    ("chunk < chunks;", "chunk <= chunks;"),
    ("r < end;", "r <= end;"),
    ("+= WARP)", "+= WARP / 2)"),
    ("+= WARP)", "+= 2 * WARP)"),
    ("+= BLOCK)", "+= BLOCK / 2)"),
    ("+= BLOCK)", "+= 2 * BLOCK)"),
    ("+= ROW_LANES)", "+= ROW_LANES + 1)"),
    ("other < ROW_LANES", "other < ROW_LANES - 1"),
    ("other = 1;", "other = 0;"),
    ("y < rows_end", "y <= rows_end"),
    ("x < cols_end", "x + 1 < cols_end"),
    ("i < end;", "i <= end;"),
    ("fabsf(x[i])", "x[i]"),
    ("if (threadIdx.x == 0) ", ""),
    ("min(chunk, len - start)", "chunk"),
    ("blockIdx.x * chunk, len", "blockIdx.x * (chunk - 1), len"),
    // Who writes, and which lanes take part.
    ("if (lane() == 0) ", ""),
    ("FULL_MASK, ", "0x7fffffffu, "),
    ("step = WARP / 2", "step = WARP / 4"),
    (
        "lane() < BLOCK / WARP ? partial[lane()] : 0.0f",
        "partial[lane()]",
    ),
    ("lane() < BLOCK / WARP ?", "lane() < BLOCK / WARP - 1 ?"),
    // Places of elements.
    ("blockIdx.x * BLOCK", "blockIdx.x * (BLOCK - 1)"),
    ("blockIdx.x * (BLOCK / WARP)", "blockIdx.x * (BLOCK / WARP - 1)"),
    ("threadIdx.x / WARP;", "threadIdx.x / (2 * WARP);"),
    ("blockIdx.x * WARP", "blockIdx.x * (WARP - 1)"),
    ("blockIdx.x * cols", "blockIdx.x * (cols + 1)"),
    ("blockIdx.y * cols", "blockIdx.y"),
    ("blockIdx.y * chunk_rows", "blockIdx.y * (chunk_rows + 1)"),
    ("start + chunk_rows, rows", "start + chunk_rows + 1, rows"),
    ("min(start + chunk_rows, rows)", "start + chunk_rows"),
    ("row * cols", "row * (cols + 1)"),
    ("row * units", "row * (units - 1)"),
    ("i / cols", "i / (cols + 1)"),
    ("i % cols", "i % (cols + 1)"),
    ("i / units", "i % units"),
    ("i % units", "i / units"),
    ("i % size > i / size", "i % size >= i / size"),
    ("r * cols + c", "r + c"),
    // Patches and windows.
    ("at >= 0 && at < size", "at >= 0 && at <= size"),
    ("at >= 0 && at < size", "at < size"),
    ("y >= 0 && x >= 0", "x >= 0"),
    ("y >= 0 && x >= 0", "y >= 0"),
    ("tap * conv.dilation[axis]", "tap"),
    ("out * conv.stride[axis]", "out"),
    (" - (int)conv.padding[axis]", ""),
    ("2 * (size - 1) - at", "2 * size - 1 - at"),
    ("i % conv.channels", "i % (conv.channels + 1)"),
    ("tap % conv.kernel[1]", "tap % conv.kernel[0]"),
    (
        "conv.kernel[1] % conv.kernel[0]",
        "conv.kernel[0] % conv.kernel[0]",
    ),
    ("position % conv.positions[1]", "position % conv.positions[0]"),
    ("* conv.size[0] + y", "* conv.size[1] + y"),
    (
        "start < pool.padding ? 0 : start - pool.padding",
        "start - pool.padding",
    ),
    (" - pool.padding, length", ", length"),
    (
        "min(index * pool.stride + pool.size - pool.padding, length)",
        "index * pool.stride + pool.size - pool.padding",
    ),
    ("index * pool.stride;", "index;"),
    ("-LARGEST", "0.0f"),
    ("pixel % pool.out_width", "pixel % pool.out_height"),
    ("* pool.height + y", "* pool.width + y"),
    // Their adjoints.
    ("(mirror == BEFORE_START && place == 0) || ", ""),
    (" || (mirror == BEYOND_END && place == last)", ""),
    ("if (start % stride != 0) return -1;", ""),
    (
        "start / stride < (int)conv.positions[axis] ? start / stride : -1",
        "start / stride",
    ),
    ("conv.reflect ? 3 : 1", "1"),
    ("at + (int)conv.padding[axis]", "at"),
    ("2 * last - place", "2 * last - place + 1"),
    ("row_tap % conv.kernel[0]", "row_tap % conv.kernel[1]"),
    ("col_tap / conv.kernel[1]", "col_tap / conv.kernel[0]"),
    (
        "image * conv.positions[0] + row",
        "image * conv.positions[1] + row",
    ),
    ("pixel % conv.size[1]", "pixel % conv.size[0]"),
    ("if (row < 0) continue;", ""),
    ("if (col < 0) continue;", ""),
    ("place < pool.size ? 0 : ", ""),
    (
        "(place - pool.size) / pool.stride + 1",
        "(place - pool.size) / pool.stride",
    ),
    ("pool.stride + 1, outputs", "pool.stride, outputs"),
    (
        "min((at + pool.padding) / pool.stride + 1, outputs)",
        "(at + pool.padding) / pool.stride + 1",
    ),
    ("other > value || ", ""),
    ("before && other == value", "other == value"),
    ("at_y == y && at_x < x", "at_x < x"),
    ("row < rows_end", "row <= rows_end"),
    ("col < cols_end", "col <= cols_end"),
    ("pixel % pool.width", "pixel % pool.height"),
    ("image * pool.height * pool.width", "image * pool.height"),
    ("image * pool.out_height + row", "image * pool.out_width + row"),
    // Ties and ranks.
    ("key > best || ", "key >= best || "),
    (" || winner == 0xffffffffu", ""),
    ("other > best || ", "other < best || "),
    ("other_winner < winner", "other_winner > winner"),
    ("bits >> 31 ? ~bits : bits | 0x80000000u", "bits"),
    (">= bound", "> bound"),
    (">= k)", "> k)"),
    ("bound + 1", "bound"),
    ("bound == 0xffffffffu ? 0 : ", ""),
    ("key > bound || ", ""),
    (
        "__popc(ties & before) < places",
        "__popc(ties & before) <= places",
    ),
    (
        "__popc(ties & before) + 1 == places",
        "__popc(ties & before) == places",
    ),
    ("ties & before", "ties"),
    ("places -= min", "places += 0 * min"),
    ("score <= 0.0f", "score < 0.0f"),
    // Numbers.
    ("max(cols - 1, 1u)", "cols"),
    (" - largest)", ")"),
    ("!wins", "wins"),
    ("a / grid.cols % grid.rows", "a / grid.cols"),
    ("grid.kernel >= EXPONENTIAL", "grid.kernel > EXPONENTIAL"),
    ("grid.kernel % 2 == 1", "grid.kernel == 1"),
    // The step.
    ("how.decay == OF_UNITS", "false"),
    ("how.decay == OF_INPUTS", "false"),
    ("decay[c]", "decay[unit]"),
    ("how.has_mask ? value * mask[i] : value", "value"),
    ("unit * cols", "unit"),
    ("how.scaling == BY_LARGEST", "false"),
    ("how.scaling != BY_WEIGHT", "how.scaling == BY_WEIGHT"),
    ("weight[unit] > 0.0f ? ", "true ? "),
    ("if (step.by_norm) {", "{"),
    ("if (!step.unit_norm) return;", ""),
    (
        "fabsf(sqrtf(block_sum(before, partial)) - 1.0f)",
        "sqrtf(block_sum(before, partial))",
    ),
    // The loss.
    ("c < classes;", "c <= classes;"),
    ("c < label;", "c <= label;"),
    ("rivals > 0", "false"),
    ("&& values[label] == softmax.largest", ""),
    ("c == label", "c != label"),
    ("row * classes", "row"),
    ("2 * row + 1", "2 * row"),
    // Batch norm.
    ("2 * cols, partial", "cols, partial"),
    ("partial, cols + c", "partial, c"),
    ("share * over_chunks", "over_chunks"),
    ("fmaf(x[i] - mean[c], ", "fmaf(x[i], "),
    ("(x[i] - mean[c]) * inverse", "x[i] - mean[c]"),
    ("share * (shift_gradient[c] + along)", "share * along"),
    ("share * (shift_gradient[c] + along)", "shift_gradient[c] + along"),
    ("variance + epsilon", "variance"),
    // Random numbers.
    ("counter < block ? 1u : 0u", "0u"),
    ("word - used", "word"),
    ("block * KEY_BLOCK", "block"),
    ("pair < 4;", "pair < 3;"),
    ("d ^ a, 16", "d ^ a, 15"),
    ("b ^ c, 12", "b ^ c, 11"),
    ("d ^ a, 8", "d ^ a, 9"),
    ("b ^ c, 7", "b ^ c, 6"),
    ("x[4 + (c + 1) % 4]", "x[4 + c]"),
    (" + start[word]", ""),
    // The stack machine.
    ("if (!(code & FIRST)) {", "{"),
    ("+ sums * BLOCK", ""),
    ("level += BLOCK;", "level += 1;"),
    ("stack.level -= BLOCK;", ""),
    ("shared + threadIdx.x", "shared"),
    ("row / rows * cols", "row * cols"),
    ("return values[col]", "return values[row]"),
    ("return values[row]", "return values[col]"),
    ("return values[0]", "return values[1]"),
    (">> 8", ">> 9"),
    // Sums over chunks.
    ("own[sum * BLOCK] = 0.0f", ""),
    ("(program.code[pc] >> 8) * BLOCK", "0"),
    ("sum = row_lane", "sum = 0"),
    ("sum < sums; sum += ROW_LANES", "sum < sums - 1; sum += ROW_LANES"),
    ("other = 0;", "other = 1;"),
    ("other * WARP", "other"),
    ("blockIdx.y * sums + sum", "blockIdx.y + sum"),
    ("chunk * len", "chunk"),
    ("i < cols ? weight", "i <= cols ? weight"),
    ("i < 2 * cols", "i < cols"),
    ("from_batch >> i / cols", "from_batch"),
    ("has_former ? former[i] : 0.0f", "former[i]"),
    ("total / (float)rows", "total"),
];

/// A mutant that no probe can detect.
struct Harmless {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// Part of the line it is in.
    line: &'static str,
    why: &'static str,
}

const HARMLESS: &[Harmless] = &[
    Harmless {
        file: "elementwise.cu",
        from: "i < size * size && ",
        to: "",
        line: "i % size > i / size",
        why: "below the matrix no column is larger than the row",
    },
    Harmless {
        file: "ranking.cu",
        from: "+= WARP)",
        to: "+= WARP / 2)",
        line: "unit += WARP) {",
        why: "the winner stays the same if a unit is seen twice",
    },
    Harmless {
        file: "ranking.cu",
        from: " || winner == 0xffffffffu",
        to: "",
        line: "key > best",
        why: "the key 0 belongs to no number",
    },
    Harmless {
        file: "ranking.cu",
        from: "bound == 0xffffffffu ? 0 : ",
        to: "",
        line: "count_from",
        why: "the key 0xffffffff belongs to no number",
    },
    Harmless {
        file: "largest.cu",
        from: "+= BLOCK)",
        to: "+= BLOCK / 2)",
        line: "fabsf",
        why: "the largest value stays the same if one is seen twice",
    },
    Harmless {
        file: "step.cu",
        from: "+= BLOCK)",
        to: "+= BLOCK / 2)",
        line: "k < cols; k += BLOCK) {",
        why: "the largest value stays the same if one is seen twice",
    },
    Harmless {
        file: "step.cu",
        from: "if (step.by_norm) {",
        to: "{",
        line: "by_norm",
        why: "the power of a rate that does not depend on the norm is zero",
    },
    Harmless {
        file: "entropy.cu",
        from: "+= WARP)",
        to: "+= WARP / 2)",
        line: "fmaxf(largest",
        why: "the largest value stays the same if one is seen twice",
    },
    Harmless {
        file: "entropy.cu",
        from: "+= WARP)",
        to: "+= WARP / 2)",
        line: "rivals +=",
        why: "a rival stays one if it is seen twice",
    },
    Harmless {
        file: "competition.cu",
        from: "inside && key",
        to: "key",
        line: "ballot",
        why: "lanes beyond the row count only for lanes after them",
    },
];

/// Every mutant of every file.
pub(super) fn mutants() -> Vec<Mutant> {
    let all = SOURCES
        .iter()
        .flat_map(|(name, text)| CHANGES.iter().map(move |change| (*name, *text, *change)));
    all.flat_map(|(name, text, (from, to))| {
        places(text, from).map(move |at| mutant(name, text, at, from, to))
    })
    .collect()
}

fn mutant(file: &'static str, text: &str, at: usize, from: &'static str, to: &'static str) -> Mutant {
    let line = text[..at].matches('\n').count();
    let content = text.lines().nth(line).unwrap_or_default();
    let changed = format!("{}{to}{}", &text[..at], &text[at + from.len()..]);
    let listed = HARMLESS.iter().find(|harmless| {
        (harmless.file, harmless.from, harmless.to) == (file, from, to) && content.contains(harmless.line)
    });
    Mutant {
        file,
        line: line + 1,
        from,
        to,
        text: changed,
        harmless: listed.map(|harmless| harmless.why),
    }
}

/// Offsets of a pattern outside of comments.
fn places<'a>(text: &'a str, pattern: &'a str) -> impl Iterator<Item = usize> {
    let in_code = |at: &usize| {
        let line = text[..*at].rfind('\n').map_or(0, |newline| newline + 1);
        !text[line..*at].contains("//")
    };
    text.match_indices(pattern).map(|(at, _)| at).filter(in_code)
}

#[test]
fn every_change_applies_somewhere() {
    for (from, _) in CHANGES {
        assert!(
            SOURCES
                .iter()
                .any(|(_, text)| places(text, from).next().is_some()),
            "{from}"
        );
    }
}
