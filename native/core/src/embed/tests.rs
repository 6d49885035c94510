use std::time::Instant;

use serde_json::Value;

use super::*;

const TOKENS: &str = include_str!("../../../../fixtures/embedder/tokens.json");
const VECTORS: &str = include_str!("../../../../fixtures/embedder/vectors.json");
const UNKNOWN: u32 = 100;

fn cases(json: &str) -> Vec<Value> {
    serde_json::from_str(json).expect("fixture is JSON")
}

fn text_of(case: &Value) -> &str {
    case["text"].as_str().expect("fixture has a text")
}

fn cosine(left: &str, right: &str) -> f32 {
    let [left, right] = [left, right].map(|text| StaticEmbedder::embedded().embed(text).expect("known words"));
    left.iter().zip(&right).map(|(a, b)| a * b).sum()
}

/// A table of the three tokens `a`, `##b` and `c` for the parser to refuse after a change.
fn small_table() -> Vec<u8> {
    let text = "a\n##b\nc\n";
    let mut bytes = b"MV2EMBED".to_vec();
    for number in [1, DIM as u32, 3, text.len() as u32] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(text.as_bytes());
    bytes.extend([0.5f32, 0.25, 0.0].iter().flat_map(|scale| scale.to_le_bytes()));
    bytes.extend((0..3 * DIM).map(|at| at as u8));
    bytes
}

fn parse(bytes: Vec<u8>) -> Result<StaticEmbedder> {
    StaticEmbedder::parse(bytes.leak())
}

#[test]
fn ids_equal_the_reference_tokenizer() {
    let cases = cases(TOKENS);
    assert!(cases.len() >= 500);
    for case in &cases {
        let expected: Vec<u64> = case["ids"].as_array().expect("ids").iter().filter_map(Value::as_u64).collect();
        let found = StaticEmbedder::embedded().token_ids(text_of(case));
        let found: Vec<u64> = found.into_iter().map(|id| u64::from(id.unwrap_or(UNKNOWN))).collect();
        assert_eq!(found, expected, "{:?}", text_of(case));
    }
}

#[test]
fn vectors_equal_another_implementation_to_the_bit() {
    for case in &cases(VECTORS) {
        let found = StaticEmbedder::embedded().embed(text_of(case)).map(|vector| {
            let bits = vector.iter().step_by(32).map(|value| format!("{:08x}", value.to_bits()));
            bits.collect::<Vec<_>>()
        });
        let expected: Option<Vec<String>> = serde_json::from_value(case["everyThirtySecond"].clone()).expect("bits or null");
        assert_eq!(found, expected, "{:?}", text_of(case));
    }
}

#[test]
fn hash_is_that_of_the_embedded_bytes() {
    assert_eq!(table_hash(), *blake3::hash(TABLE_BYTES).as_bytes(), "{}", blake3::hash(TABLE_BYTES).to_hex());
}

#[test]
fn vectors_have_unit_length() {
    for text in ["one", "The committee approved the annual budget.", &"long text ".repeat(20_000)] {
        let vector = StaticEmbedder::embedded().embed(text).expect("known words");
        let norm: f64 = vector.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        assert!((norm - 1.0).abs() < 1e-5, "{norm}");
    }
}

#[test]
fn text_without_known_tokens_has_no_vector() {
    let mut out = [1.0; DIM];
    for text in ["", " \n\t", "\u{200b}\u{0}", "\u{1d173}", &"x".repeat(101)] {
        assert_eq!(StaticEmbedder::embedded().embed(text), None, "{text:?}");
        assert!(!StaticEmbedder::embedded().embed_into(text, &mut out));
        assert_eq!(out, [0.0; DIM]);
    }
}

#[test]
fn case_accents_and_spaces_make_no_difference() {
    let plain = StaticEmbedder::embedded().embed("resume of the cafe");
    assert_eq!(StaticEmbedder::embedded().embed("  RÉSUMÉ\tof\u{a0}the\ncafe\u{301} "), plain);
}

#[test]
fn paraphrases_are_nearer_than_other_subjects() {
    let triples = [
        ("How do I reset my password?", "Steps to recover a forgotten login credential", "The soup needs more salt and pepper"),
        ("The doctor prescribed antibiotics", "A physician ordered medicine for an infection", "Stock prices fell on Monday"),
        ("The car would not start this morning", "My vehicle's engine failed to turn over", "She painted a portrait of her mother"),
        ("Congress passed the tax bill", "Lawmakers approved new taxation legislation", "Birds migrate south in winter"),
        ("The database query is too slow", "SQL performance needs an index", "A recipe for chocolate cake"),
        ("Our dog loves playing in the park", "The puppy enjoys running outside", "Quarterly revenue exceeded expectations"),
    ];
    for (text, paraphrase, other) in triples {
        let (near, far) = (cosine(text, paraphrase), cosine(text, other));
        assert!(near > far + 0.1, "{text}: {near} against {far}");
    }
}

#[test]
fn every_thread_gets_the_same_vector() {
    let text = "Determinism: the same bytes on every thread, in any order — naïve café 東京.";
    let expected = StaticEmbedder::embedded().embed(text);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..100).for_each(|_| assert_eq!(StaticEmbedder::embedded().embed(text), expected)));
        }
    });
}

#[test]
fn small_table_is_read_as_written() {
    let embedder = parse(small_table()).expect("well formed");
    assert_eq!(embedder.token_ids("abb c, bc"), [Some(0), Some(1), Some(1), Some(2), None, None]);
    assert_eq!(embedder.embed("c"), None, "a scale of zero has no direction");
    let vector = embedder.embed("a").expect("known");
    assert!(vector[1] > 0.0 && vector[255] < 0.0, "rows are signed");
}

#[test]
fn hostile_tables_are_errors() {
    let good = small_table();
    for len in 0..good.len() {
        assert!(parse(good[..len].to_vec()).is_err(), "cut to {len} bytes");
    }
    assert!(parse([&good[..], &[0]].concat()).is_err(), "one byte more");
    // Every byte before the rows decides about structure: any value must give an error or a table that embeds without panic.
    for at in 0..good.len() - 3 * DIM {
        for value in [0, 1, 0x0a, 0x23, 0x61, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = value;
            if let Ok(embedder) = parse(bytes) {
                embedder.embed("abc ab c a\u{80}");
            }
        }
    }
    for (what, at, bytes) in [
        ("magic", 0, &b"X"[..]),
        ("version", 8, &[2]),
        ("dimension", 12, &[1]),
        ("no tokens", 16, &[0]),
        ("count near the limit of u32", 16, &[0xff; 4]),
        ("text length near the limit of u32", 20, &[0xff; 4]),
        ("empty token", 24, b"\n"),
        ("not UTF-8", 24, &[0xff]),
        ("doubled token", 30, b"a"),
        ("scale is NaN", 32, &f32::NAN.to_le_bytes()),
        ("scale is negative", 32, &(-0.5f32).to_le_bytes()),
        ("scale is infinite", 32, &f32::INFINITY.to_le_bytes()),
    ] {
        let mut changed = good.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        assert!(parse(changed).is_err(), "{what}");
    }
}

/// Prints the cost of a document of 520 bytes; the bound is loose because the machine is shared.
#[test]
fn embedding_is_fast_enough() {
    let text = "The committee reported that appropriations for the department had increased by 12% since the previous fiscal year, and that \
                the Secretary's recommendations on interstate commerce, irrigation and postal savings would be submitted in December. ";
    let document = &text.repeat(3)[..520];
    let embedder = StaticEmbedder::embedded();
    let best = (0..20)
        .map(|_| {
            let start = Instant::now();
            (0..100).for_each(|_| drop(std::hint::black_box(embedder.embed(std::hint::black_box(document)))));
            start.elapsed().as_secs_f64() * 1e4
        })
        .fold(f64::INFINITY, f64::min);
    println!("{best:.1} µs per document of {} bytes and {} tokens", document.len(), embedder.token_ids(document).len());
    assert!(best < 200.0, "{best} µs");
}
