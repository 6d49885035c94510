//! The query syntax: a recursive descent over the query's characters, in linear time and bounded depth.

use super::super::analyzer::Analyzer;
use super::super::filter::{between, exact_tag, uri_prefix};
use super::super::node::Node;
use super::super::schema::FIELDS;
use super::{Group, MAX_TERMS, dates, phrase};

/// Not in the syntax; the query is then searched as plain words.
pub struct Malformed;

type Parsed<T> = Result<T, Malformed>;

const FIELD_NAMES: [&str; 7] = ["title", "text", "tag", "uri", "date", "after", "before"];
const OPERATORS: [&str; 3] = ["AND", "OR", "NOT"];
const MAX_DEPTH: usize = 32;

/// Whether a query is more than words: quotes, an operator in capitals, a word led by `+` or `-`, a known field.
pub fn has_syntax(text: &str) -> bool {
    text.contains('"')
        || text.split_whitespace().any(|word| {
            let bare = word.trim_start_matches('(');
            OPERATORS.contains(&bare.trim_end_matches(')')) || sign(bare).is_some() || field_name(bare).is_some()
        })
}

/// The sign that leads a clause: before a letter of a longer word, a quote or a group; not `-5`, `-x` or `--flag`.
fn sign(text: &str) -> Option<char> {
    let mut characters = text.chars();
    let sign = characters.next().filter(|c| matches!(c, '+' | '-'))?;
    let first = characters.next()?;
    let rest = characters.next();
    let leads_word = first.is_alphabetic() && (sign == '+' || !first.is_ascii() || rest.is_some_and(char::is_alphanumeric));
    (matches!(first, '"' | '(') || leads_word).then_some(sign)
}

/// The field that `text` begins with, when a value follows at once.
fn field_name(text: &str) -> Option<&'static str> {
    let name = FIELD_NAMES.iter().find(|name| text.strip_prefix(**name).is_some_and(|rest| rest.starts_with(':')))?;
    let value = text[name.len() + 1..].chars().next()?;
    (!value.is_whitespace() && value != ':' && value != '/').then_some(*name)
}

/// Parses a query with syntax into a query and its terms.
pub fn parse(analyzer: &mut Analyzer, text: &str) -> Parsed<(Option<Node>, Vec<String>)> {
    let mut parser = Parser { rest: text, analyzer, terms: Vec::new(), clauses: 0, depth: 0 };
    let query = parser.group()?.map(|clause| clause.node);
    if !parser.rest.is_empty() {
        return Err(Malformed);
    }
    let mut terms = Vec::with_capacity(parser.terms.len());
    for term in parser.terms {
        if !terms.contains(&term) {
            terms.push(term);
        }
    }
    if terms.len() > MAX_TERMS {
        return Err(Malformed);
    }
    Ok((query, terms))
}

struct Clause {
    node: Node,
    /// False for conditions on tag, URI and date, which limit and don't rank.
    scores: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Prefix {
    None,
    Must,
    Not,
}

struct Parser<'a> {
    rest: &'a str,
    analyzer: &'a mut Analyzer,
    terms: Vec<String>,
    clauses: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// Clauses up to the end or a closing parenthesis, which is left. Words side by side are alternatives; conditions on
    /// tag, URI and date hold for all of the group unless joined by OR.
    fn group(&mut self) -> Parsed<Option<Clause>> {
        let mut group = Group::default();
        let mut scores = false;
        let mut after_or = false;
        let mut first = true;
        loop {
            self.space();
            if self.rest.is_empty() || self.rest.starts_with(')') {
                return if after_or { Err(Malformed) } else { Ok(group.into_node().map(|node| Clause { node, scores })) };
            }
            if !first && self.keyword("OR") {
                if after_or {
                    return Err(Malformed);
                }
                after_or = true;
                continue;
            }
            first = false;
            let (prefix, clause) = self.conjunction()?;
            self.space();
            let joined_by_or = after_or || self.peek_keyword("OR");
            after_or = false;
            let Some(clause) = clause else { continue };
            scores |= clause.scores && prefix != Prefix::Not;
            match prefix {
                Prefix::Not => group.not.push(clause.node),
                Prefix::None if clause.scores || joined_by_or => group.should.push(clause.node),
                _ => {
                    group.must_scores |= clause.scores;
                    group.must.push(clause.node);
                }
            }
        }
    }

    /// One clause, or several joined by AND.
    fn conjunction(&mut self) -> Parsed<(Prefix, Option<Clause>)> {
        let (prefix, clause) = self.operand()?;
        self.space();
        if !self.keyword("AND") {
            return Ok((prefix, clause));
        }
        let mut group = Group { must_scores: true, ..Group::default() };
        let mut scores = false;
        let mut add = |prefix: Prefix, clause: Option<Clause>| {
            if let Some(clause) = clause {
                scores |= clause.scores && prefix != Prefix::Not;
                if prefix == Prefix::Not { group.not.push(clause.node) } else { group.must.push(clause.node) }
            }
        };
        add(prefix, clause);
        loop {
            let (prefix, clause) = self.operand()?;
            add(prefix, clause);
            self.space();
            if !self.keyword("AND") {
                break;
            }
        }
        Ok((Prefix::None, group.into_node().map(|node| Clause { node, scores })))
    }

    fn operand(&mut self) -> Parsed<(Prefix, Option<Clause>)> {
        self.space();
        let prefix = if self.keyword("NOT") {
            self.space();
            Prefix::Not
        } else {
            match sign(self.rest) {
                Some('+') => Prefix::Must,
                Some(_) => Prefix::Not,
                None => Prefix::None,
            }
        };
        if sign(self.rest).is_some() {
            self.rest = &self.rest[1..];
        }
        let terms = self.terms.len();
        let clause = self.primary()?;
        if prefix == Prefix::Not {
            self.terms.truncate(terms);
        }
        Ok((prefix, clause))
    }

    fn primary(&mut self) -> Parsed<Option<Clause>> {
        self.clauses += 1;
        if self.clauses > MAX_TERMS {
            return Err(Malformed);
        }
        if let Some(rest) = self.rest.strip_prefix('(') {
            self.rest = rest;
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(Malformed);
            }
            let clause = self.group()?;
            self.depth -= 1;
            self.rest = self.rest.strip_prefix(')').ok_or(Malformed)?;
            return Ok(clause);
        }
        if OPERATORS.iter().any(|operator| self.peek_keyword(operator)) {
            return Err(Malformed);
        }
        let Some(name) = field_name(self.rest) else {
            let words = self.value()?;
            return Ok(self.phrase("text", words));
        };
        self.rest = &self.rest[name.len() + 1..];
        if let Some(inside) = self.rest.strip_prefix('[').filter(|_| name == "date") {
            let (range, rest) = inside.split_once(']').ok_or(Malformed)?;
            self.rest = rest;
            let (from_ms, to_ms) = dates::range(range).ok_or(Malformed)?;
            return Ok(Some(Clause { node: Node::Leaf(between(from_ms, to_ms)), scores: false }));
        }
        let value = self.value()?;
        let query = match name {
            "tag" => exact_tag(value),
            "uri" => uri_prefix(value),
            "title" | "text" => return Ok(self.phrase(name, value)),
            _ => {
                let (first_ms, last_ms) = dates::period(value).ok_or(Malformed)?;
                match name {
                    "after" => between(Some(first_ms), None),
                    "before" => between(None, Some(first_ms - 1)),
                    _ => between(Some(first_ms), Some(last_ms)),
                }
            }
        };
        Ok(Some(Clause { node: Node::Leaf(query), scores: false }))
    }

    fn phrase(&mut self, field: &str, words: &str) -> Option<Clause> {
        let field = if field == "title" { FIELDS.title } else { FIELDS.body };
        phrase(self.analyzer, field, words, &mut self.terms).map(|node| Clause { node, scores: true })
    }

    /// What stands in quotes, or everything up to white space, a quote or a parenthesis.
    fn value(&mut self) -> Parsed<&'a str> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let (inside, rest) = quoted.split_once('"').ok_or(Malformed)?;
            self.rest = rest;
            return Ok(inside);
        }
        let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '(' | ')')).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        self.rest = rest;
        if value.is_empty() { Err(Malformed) } else { Ok(value) }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn peek_keyword(&self, keyword: &str) -> bool {
        self.rest
            .strip_prefix(keyword)
            .is_some_and(|rest| rest.chars().next().is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"')))
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.peek_keyword(keyword);
        if found {
            self.rest = &self.rest[keyword.len()..];
        }
        found
    }
}
