//! Reading a query: plain words, or the syntax below when the query has some.
//!
//! ```text
//! words               any of them                     "two words"          as a phrase
//! a AND b, a OR b     operators in capitals           NOT a, -a            must not match
//! +a                  must match                      (a OR b) AND c       groups
//! title:word          in the title                    text:word            in title or text
//! tag:name            has the tag                     uri:prefix           URI begins so
//! date:2025-03        in that month (or year, day, RFC 3339 time)
//! date:[2025-01 TO 2025-03-31]   both ends inclusive, `*` for an open end
//! after:2025-03       from the beginning of March     before:2025-03       up to the end of February
//! ```

use std::cell::RefCell;

use tantivy::Term;
use tantivy::query::{PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::analyzer::{Analyzer, Kind};
use super::node::Node;
use super::schema::FIELDS;
use crate::error::{Error, Result};

mod dates;
mod syntax;

/// Longer queries are refused.
pub const MAX_QUERY_BYTES: usize = 64 * 1024;
/// Distinct terms of a query that are searched; further ones are left out of plain words, and refused as syntax.
const MAX_TERMS: usize = 256;

/// How a query was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryKind {
    Words,
    Syntax,
    /// It has syntax, but malformed: it was searched as plain words.
    WordsAfterSyntaxError,
}

impl QueryKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            QueryKind::Words => "words",
            QueryKind::Syntax => "syntax",
            QueryKind::WordsAfterSyntaxError => "words-after-syntax-error",
        }
    }
}

pub(super) struct Read {
    /// None when there is nothing to search for.
    pub query: Option<Node>,
    pub kind: QueryKind,
    pub terms: Vec<String>,
}

thread_local! {
    /// Kept for its cache of stems.
    static ANALYZER: RefCell<Analyzer> = RefCell::new(Analyzer::small());
}

/// Runs `work` with this thread's analyzer.
pub(crate) fn with_analyzer<T>(work: impl FnOnce(&mut Analyzer) -> T) -> T {
    ANALYZER.with(|analyzer| match analyzer.try_borrow_mut() {
        Ok(mut analyzer) => work(&mut analyzer),
        Err(_) => work(&mut Analyzer::small()),
    })
}

/// Reads a query. The only error is a query that is too long.
pub(super) fn read(text: &str) -> Result<Read> {
    if text.len() > MAX_QUERY_BYTES {
        return Err(Error::invalid(format!("the query has {} bytes, more than {MAX_QUERY_BYTES}", text.len()))
            .hint("search for the few words that matter"));
    }
    with_analyzer(|analyzer| {
        if !syntax::has_syntax(text) {
            return Ok(words(analyzer, text, QueryKind::Words));
        }
        Ok(match syntax::parse(analyzer, text) {
            Ok((query, terms)) => Read { query, kind: QueryKind::Syntax, terms },
            Err(syntax::Malformed) => words(analyzer, text, QueryKind::WordsAfterSyntaxError),
        })
    })
}

/// Any of the words, each counted once however often it is repeated.
fn words(analyzer: &mut Analyzer, text: &str, kind: QueryKind) -> Read {
    let mut terms: Vec<String> = Vec::new();
    for term in analyzer.terms(text) {
        if term.kind != Kind::Single && terms.len() < MAX_TERMS && !terms.contains(&term.text) {
            terms.push(term.text);
        }
    }
    let group = Group { should: terms.iter().map(|term| scored_term(FIELDS.body, term)).collect(), ..Group::default() };
    Read { query: group.into_node(), kind, terms }
}

fn scored_term(field: Field, text: &str) -> Node {
    leaf(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

fn leaf(query: impl Query) -> Node {
    Node::Leaf(Box::new(query))
}

/// The words of `text` one after the other; None when there are none. Adds its terms to `terms`.
fn phrase(analyzer: &mut Analyzer, field: Field, text: &str, terms: &mut Vec<String>) -> Option<Node> {
    let words: Vec<_> = analyzer.terms(text).into_iter().filter(|term| matches!(term.kind, Kind::Word | Kind::Pair)).collect();
    terms.extend(words.iter().map(|term| term.text.clone()));
    match words.as_slice() {
        [] => None,
        [word] => Some(scored_term(field, &word.text)),
        _ => {
            let at = words.iter().map(|term| (term.position as usize, Term::from_field_text(field, &term.text))).collect();
            Some(leaf(PhraseQuery::new_with_offset(at)))
        }
    }
}

/// A group of clauses while it is read: at least one of `should` must match unless a clause of `must` scores.
#[derive(Default)]
struct Group {
    must: Vec<Node>,
    should: Vec<Node>,
    not: Vec<Node>,
    must_scores: bool,
}

impl Group {
    /// None for an empty group; a group that only excludes is given everything to exclude from.
    fn into_node(mut self) -> Option<Node> {
        if self.must.is_empty() && self.should.is_empty() {
            if self.not.is_empty() {
                return None;
            }
            self.must.push(Node::Leaf(super::filter::everything()));
        }
        if self.not.is_empty() && self.must.len() + self.should.len() == 1 {
            return self.must.pop().or(self.should.pop());
        }
        let required = usize::from(!self.should.is_empty() && !self.must_scores);
        Some(Node::Group { must: self.must, should: self.should, not: self.not, required })
    }
}
