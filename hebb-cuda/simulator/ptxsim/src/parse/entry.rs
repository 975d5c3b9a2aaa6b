//! One `.entry`: header, declarations, labels and statements.

use std::collections::HashMap;

use super::symbols::Symbols;
use super::text::{Statement, StatementLines, error};
use crate::error::LoadError;
use crate::types::Type;

/// A kernel parameter: its place in the parameter buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelParameter {
    /// Offset in bytes.
    pub offset: usize,
    /// Size in bytes.
    pub size: usize,
}

/// A kernel before its statements are decoded.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) parameters: Vec<KernelParameter>,
    pub(crate) max_threads: Option<u32>,
    pub(crate) statements: Vec<Statement>,
    pub(crate) symbols: Symbols,
}

impl Entry {
    /// Parses the kernel whose header starts with `text`; `shared` are the module's shared arrays.
    pub(super) fn parse(
        lines: &mut StatementLines<'_>,
        line: usize,
        mut text: String,
        shared: &[Statement],
    ) -> Result<Self, LoadError> {
        while !text.ends_with('{') {
            let Some((_, more)) = lines.next_line() else {
                return Err(error(line, &text, "the kernel has no body"));
            };
            text.push(' ');
            text.push_str(&more);
        }
        let header = Header::parse(&text).map_err(|reason| error(line, &text, reason))?;
        let body = Body::read(lines, line)?;
        let offsets = header.parameters.iter().map(|parameter| parameter.offset as u64);
        let mut symbols = Symbols::new(header.parameter_names.into_iter().zip(offsets), body.labels);
        let used = |text: &str| body.statements.iter().any(|statement| refers(&statement.1, text));
        let shared = shared.iter().filter(|(_, text)| used(text));
        for (line, text) in shared.chain(&body.declarations) {
            let declared = symbols.declare(text);
            declared.map_err(|reason| error(*line, text, reason))?;
        }
        Ok(Self {
            name: header.name,
            parameters: header.parameters,
            max_threads: header.max_threads,
            statements: body.statements,
            symbols,
        })
    }
}

/// Returns true if a statement names the array that `declaration` declares.
fn refers(statement: &str, declaration: &str) -> bool {
    let last = declaration.split_whitespace().last().unwrap_or_default();
    statement.contains(last.split('[').next().unwrap_or_default())
}

struct Header {
    name: String,
    parameter_names: Vec<String>,
    parameters: Vec<KernelParameter>,
    max_threads: Option<u32>,
}

impl Header {
    fn parse(text: &str) -> Result<Self, String> {
        let (_, rest) = text.split_once(".entry").ok_or("no .entry")?;
        let (name, rest) = rest.split_once('(').ok_or("no parameter list")?;
        let (list, directives) = rest.split_once(')').ok_or("the parameter list does not end")?;
        let mut header = Self {
            name: name.trim().to_owned(),
            parameter_names: Vec::new(),
            parameters: Vec::new(),
            max_threads: max_threads(directives.trim_end_matches('{').trim())?,
        };
        let mut end = 0;
        for declaration in list.split(',').map(str::trim).filter(|d| !d.is_empty()) {
            let (name, align, size) = parameter(declaration)?;
            let offset = usize::next_multiple_of(end, align);
            end = offset + size;
            header.parameter_names.push(name);
            header.parameters.push(KernelParameter { offset, size });
        }
        Ok(header)
    }
}

/// Name, alignment and size of `.param [.align N] .TYPE NAME[COUNT]`.
fn parameter(declaration: &str) -> Result<(String, usize, usize), String> {
    let mut words: Vec<&str> = declaration.split_whitespace().collect();
    if words.first() != Some(&".param") {
        return Err(format!("parameter `{declaration}`"));
    }
    words.remove(0);
    let mut align = None;
    if words.first() == Some(&".align") && words.len() > 1 {
        align = Some(words[1].parse::<usize>().map_err(|e| e.to_string())?);
        words.drain(..2);
    }
    let [ty, name] = words[..] else {
        return Err(format!("parameter `{declaration}`"));
    };
    let ty = Type::parse(ty.trim_start_matches('.')).ok_or_else(|| format!("type {ty}"))?;
    let (name, count) = super::symbols::array(name)?;
    Ok((
        name.to_owned(),
        align.unwrap_or(ty.size()),
        ty.size() * count.unwrap_or(1),
    ))
}

/// The block size that `.maxntid` or `.reqntid` allows.
fn max_threads(directives: &str) -> Result<Option<u32>, String> {
    let mut limit = None;
    for directive in directives.split('.').map(str::trim).filter(|d| !d.is_empty()) {
        let (name, values) = directive
            .split_once(char::is_whitespace)
            .unwrap_or((directive, ""));
        let values: Result<Vec<u32>, _> = values.split(',').map(|v| v.trim().parse()).collect();
        let values = values.map_err(|e| format!(".{directive}: {e}"))?;
        match name {
            "maxntid" | "reqntid" => limit = Some(values.iter().product()),
            "minnctapersm" | "maxnreg" => {}
            _ => return Err(format!("directive .{name} is not supported")),
        }
    }
    Ok(limit)
}

#[derive(Default)]
struct Body {
    declarations: Vec<Statement>,
    statements: Vec<Statement>,
    labels: HashMap<String, usize>,
}

impl Body {
    /// Reads up to the brace that closes the kernel.
    fn read(lines: &mut StatementLines<'_>, start: usize) -> Result<Self, LoadError> {
        let mut body = Self::default();
        let mut depth = 1;
        while depth > 0 {
            let (line, text) = lines
                .next_line()
                .ok_or_else(|| error(start, "", "the kernel does not end"))?;
            match text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => body.add(lines, line, text)?,
            }
        }
        Ok(body)
    }

    fn add(&mut self, lines: &mut StatementLines<'_>, line: usize, text: String) -> Result<(), LoadError> {
        if let Some(label) = text.strip_suffix(':') {
            if self
                .labels
                .insert(label.to_owned(), self.statements.len())
                .is_some()
            {
                return Err(error(line, &text, "the label exists already"));
            }
        } else if text.starts_with(".reg") || text.starts_with(".shared") || text.starts_with(".local") {
            let statement = lines.statement(line, text);
            self.declarations.push(statement);
        } else if text.starts_with(".loc") || text.starts_with(".pragma") {
        } else if text.starts_with('.') {
            return Err(error(line, &text, "the directive is not supported"));
        } else {
            let statement = lines.statement(line, text);
            self.statements.push(statement);
        }
        Ok(())
    }
}
