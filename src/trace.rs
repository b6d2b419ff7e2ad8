//! `escargo trace --violations`: the violations of memory tags that programs wrote down, as a graph: where an object was made, the
//! object, what happened to it, the access.
//!
//! In: lines of JSON, as the runtime writes them. Out: the graph in DOT's language or as SVG. Equal nodes are drawn once.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::args::{GraphFormat, TraceArgs};

/// Column of a node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Site,
    Object,
    Access,
}

struct Node {
    column: Column,
    /// Lines of text.
    label: Vec<String>,
    /// Events that it takes part in.
    count: usize,
}

#[derive(Default)]
struct Graph {
    nodes: Vec<Node>,
    /// From, to, what it means, number of events.
    edges: Vec<(usize, usize, String, usize)>,
}

impl Graph {
    fn node(&mut self, column: Column, label: Vec<String>) -> usize {
        let known = self.nodes.iter().position(|n| n.column == column && n.label == label);
        let i = known.unwrap_or_else(|| {
            self.nodes.push(Node { column, label, count: 0 });
            self.nodes.len() - 1
        });
        self.nodes[i].count += 1;
        i
    }

    fn edge(&mut self, from: usize, to: usize, label: &str) {
        match self.edges.iter_mut().find(|e| e.0 == from && e.1 == to && e.2 == label) {
            Some(edge) => edge.3 += 1,
            None => self.edges.push((from, to, label.to_owned(), 1)),
        }
    }
}

pub fn trace(args: &TraceArgs) -> Result<i32> {
    if !args.violations {
        bail!("nothing to draw: --violations draws the violations of memory tags");
    }
    let text = std::fs::read_to_string(&args.file).with_context(|| format!("reading {}", args.file))?;
    let graph = read(&text).with_context(|| args.file.clone())?;
    let by_name = args.output.as_ref().is_some_and(|o| o.ends_with(".svg"));
    let svg = args.format.map_or(by_name, |f| f == GraphFormat::Svg);
    let drawn = if svg { draw(&graph) } else { dot(&graph) };
    match &args.output {
        Some(path) => crate::build::write_whole(path.as_ref(), drawn.as_bytes())?,
        None => print!("{drawn}"),
    }
    Ok(0)
}

/// "function" and "file:line" of a place in the source.
fn place(value: &Value) -> Vec<String> {
    let file = value["file"].as_str().unwrap_or("?");
    let file = file.rsplit('/').next().unwrap_or(file);
    vec![value["function"].as_str().unwrap_or("?").to_owned(), format!("{file}:{}", value["line"])]
}

fn read(text: &str) -> Result<Graph> {
    let mut graph = Graph::default();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let event: Value = serde_json::from_str(line).with_context(|| format!("line {}", i + 1))?;
        let kind = event["kind"].as_str().with_context(|| format!("line {}: no kind", i + 1))?;
        let mut label = place(&event["access"]);
        if let Some(operation) = event["operation"].as_str() {
            label[0] = format!("{operation} in {}", label[0]);
        }
        let access = graph.node(Column::Access, label);
        let object = &event["object"];
        if object.is_null() {
            let unknown = graph.node(Column::Object, vec!["an object not known".into()]);
            graph.edge(unknown, access, kind);
            continue;
        }
        let mut label =
            vec![format!("{} bytes on the {}", object["bytes"], object["where"].as_str().unwrap_or("?"))];
        if let Some(free) = event["free"].as_str() {
            label.push(format!("ended by {free}"));
        }
        let site = graph.node(Column::Site, place(&event["site"]));
        // Objects are told apart by where they were made.
        label.push(format!("made at {}", graph.nodes[site].label[1]));
        let object_node = graph.node(Column::Object, label);
        graph.edge(site, object_node, "made");
        graph.edge(object_node, access, &format!("{kind}, offset {}", object["offset"]));
    }
    Ok(graph)
}

fn times(count: usize) -> String {
    if count > 1 { format!(" ×{count}") } else { String::new() }
}

fn dot(graph: &Graph) -> String {
    let quote = |s: &str| s.replace('\\', "\\\\").replace('"', "\\\"");
    let mut out =
        String::from("digraph violations {\n\trankdir=LR;\n\tnode [shape=box, fontname=\"monospace\"];\n");
    // Writing to a string cannot fail.
    for (i, n) in graph.nodes.iter().enumerate() {
        let style = match n.column {
            Column::Site => "style=filled, fillcolor=\"#dfe8f6\"",
            Column::Object => "shape=ellipse",
            Column::Access => "style=filled, fillcolor=\"#f6dfdf\"",
        };
        let label = n.label.iter().map(|l| quote(l)).collect::<Vec<_>>().join("\\n");
        let _ = writeln!(out, "\tn{i} [label=\"{label}{}\", {style}];", times(n.count));
    }
    for (from, to, label, count) in &graph.edges {
        let _ = writeln!(out, "\tn{from} -> n{to} [label=\"{}{}\"];", quote(label), times(*count));
    }
    out.push_str("}\n");
    out
}

/// Three columns, in each of which nodes lie one below the other in the order of their first event.
fn draw(graph: &Graph) -> String {
    const WIDTH: usize = 300;
    const GAP: usize = 220;
    const LINE: usize = 17;
    const ROW: usize = 90;
    const MARGIN: usize = 20;
    let escape = |s: &str| s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut rows = [0usize; 3];
    let places: Vec<(usize, usize)> = graph
        .nodes
        .iter()
        .map(|n| {
            let column = n.column as usize;
            rows[column] += 1;
            (MARGIN + column * (WIDTH + GAP), MARGIN + (rows[column] - 1) * ROW)
        })
        .collect();
    let height = 2 * MARGIN + rows.iter().max().copied().unwrap_or(0) * ROW;
    let width = 2 * MARGIN + 3 * WIDTH + 2 * GAP;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"monospace\" font-size=\"13\">\n\
         <defs><marker id=\"a\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n"
    );
    let tall = |n: &Node| n.label.len() * LINE + 14;
    for (from, to, label, count) in &graph.edges {
        let (x1, y1) = (places[*from].0 + WIDTH, places[*from].1 + tall(&graph.nodes[*from]) / 2);
        let (x2, y2) = (places[*to].0, places[*to].1 + tall(&graph.nodes[*to]) / 2);
        let _ = writeln!(
            out,
            "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"black\" marker-end=\"url(#a)\"/>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}{}</text>",
            (x1 + x2) / 2,
            (y1 + y2) / 2 - 5,
            escape(label),
            times(*count)
        );
    }
    for (n, (x, y)) in graph.nodes.iter().zip(&places) {
        let (fill, round) = match n.column {
            Column::Site => ("#dfe8f6", 0),
            Column::Object => ("#ffffff", 16),
            Column::Access => ("#f6dfdf", 0),
        };
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{}\" rx=\"{round}\" fill=\"{fill}\" stroke=\"black\"/>",
            tall(n)
        );
        for (i, line) in n.label.iter().enumerate() {
            let last = if i + 1 == n.label.len() { times(n.count) } else { String::new() };
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\">{}{last}</text>",
                x + 10,
                y + 19 + i * LINE,
                escape(line)
            );
        }
    }
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = r#"{"kind":"heap overflow","mode":"sync","operation":"read","address":"0x10","pointer_tag":12,"memory_tag":0,"access":{"function":"main.f<T>","file":"/a/b.go","line":3},"object":{"address":"0x1","bytes":32,"tag":12,"where":"heap","offset":32},"site":{"function":"main.g","file":"/a/b.go","line":1}}
{"kind":"use after free","mode":"sync","operation":"write","address":"0x10","pointer_tag":12,"memory_tag":15,"access":{"function":"main.h","file":"/a/b.go","line":9},"object":{"address":"0x1","bytes":32,"tag":12,"where":"heap","offset":0},"site":{"function":"main.g","file":"/a/b.go","line":1},"free":"collection 1"}
{"kind":"asynchronous","mode":"async","access":{"function":"main.h","file":"/a/b.go","line":9}}
"#;

    #[test]
    fn graphs_name_every_part_once() {
        let graph = read(EVENTS).expect("the events are well-formed");
        let text = dot(&graph);
        assert_eq!(text.matches("main.g").count(), 1, "{text}");
        assert!(
            text.contains("use after free, offset 0") && text.contains("ended by collection 1"),
            "{text}"
        );
        let svg = draw(&graph);
        assert!(svg.contains("main.f&lt;T&gt;") && svg.ends_with("</svg>\n"), "{svg}");
    }

    #[test]
    fn broken_files_are_errors() {
        assert!(read("{").is_err());
        assert!(read("{}").is_err());
    }
}
