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
use tantivy::query::{BooleanQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::analyzer::{Analyzer, Kind};
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
    pub query: Option<Box<dyn Query>>,
    pub kind: QueryKind,
    pub terms: Vec<String>,
}

thread_local! {
    /// Kept for its cache of stems.
    static ANALYZER: RefCell<Analyzer> = RefCell::new(Analyzer::default());
}

/// Runs `work` with this thread's analyzer.
pub(crate) fn with_analyzer<T>(work: impl FnOnce(&mut Analyzer) -> T) -> T {
    ANALYZER.with(|analyzer| match analyzer.try_borrow_mut() {
        Ok(mut analyzer) => work(&mut analyzer),
        Err(_) => work(&mut Analyzer::default()),
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
    let mut queries: Vec<Box<dyn Query>> = terms.iter().map(|term| scored_term(FIELDS.body, term)).collect();
    let query = match queries.len() {
        0 => None,
        1 => queries.pop(),
        _ => Some(Box::new(BooleanQuery::union(queries)) as Box<dyn Query>),
    };
    Read { query, kind, terms }
}

fn scored_term(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

/// The words of `text` one after the other; None when there are none. Adds its terms to `terms`.
fn phrase(analyzer: &mut Analyzer, field: Field, text: &str, terms: &mut Vec<String>) -> Option<Box<dyn Query>> {
    let words: Vec<_> = analyzer.terms(text).into_iter().filter(|term| matches!(term.kind, Kind::Word | Kind::Pair)).collect();
    terms.extend(words.iter().map(|term| term.text.clone()));
    match words.as_slice() {
        [] => None,
        [word] => Some(scored_term(field, &word.text)),
        _ => {
            let at = words.iter().map(|term| (term.position as usize, Term::from_field_text(field, &term.text))).collect();
            Some(Box::new(PhraseQuery::new_with_offset(at)))
        }
    }
}

/// A group of clauses: at least one of `should` unless a clause of `must` scores.
struct Group {
    must: Vec<Box<dyn Query>>,
    should: Vec<Box<dyn Query>>,
    not: Vec<Box<dyn Query>>,
    must_scores: bool,
}

impl Group {
    fn into_query(mut self) -> Option<Box<dyn Query>> {
        if self.must.is_empty() && self.should.is_empty() {
            if self.not.is_empty() {
                return None;
            }
            self.must.push(super::rank::everything());
        }
        let required = usize::from(!self.should.is_empty() && !self.must_scores);
        if self.not.is_empty() && self.must.len() + self.should.len() == 1 {
            return self.must.pop().or(self.should.pop());
        }
        let must = self.must.into_iter().map(|query| (Occur::Must, query));
        let should = self.should.into_iter().map(|query| (Occur::Should, query));
        let not = self.not.into_iter().map(|query| (Occur::MustNot, query));
        Some(Box::new(BooleanQuery::with_minimum_required_clauses(must.chain(should).chain(not).collect(), required)))
    }
}
