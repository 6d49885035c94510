//! Needs the model: `memvid models install minilm`, which the test command runs. Its folder is the variable MEMVID_MODELS_DIR, or
//! the one that the command line uses.

use super::*;

const TEXTS: &str = include_str!("../../../../../fixtures/embedder/minilm-texts.json");
const VECTORS: &[u8] = include_bytes!("../../../../../fixtures/embedder/minilm-vectors.bin");

fn folder() -> std::path::PathBuf {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(std::path::PathBuf::from);
    let cache = || variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    variable("MEMVID_MODELS_DIR").or_else(|| cache().map(|cache| cache.join("memvid/models"))).expect("a folder of models")
}

fn model() -> Arc<MiniLm> {
    MiniLm::installed(&folder()).expect("installed: run `memvid models install minilm`")
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn vectors_are_those_of_the_reference_runtime() {
    let texts: Vec<String> = serde_json::from_str(TEXTS).expect("fixture is JSON");
    let (rows, rest) = VECTORS.as_chunks::<{ 4 + DIM }>();
    assert!(rest.is_empty() && rows.len() == 1000 && texts.len() == 1000);
    let model = model();
    let half = texts.len() / 2;
    let worst_of = |from: usize, to: usize| {
        (from..to).fold(1.0, |worst: f64, at| {
            let found = model.embed(&texts[at]).expect("has tokens");
            let expected: Vec<f32> = rows[at][4..].iter().map(|&code| f32::from(code as i8)).collect();
            worst.min(cosine(&found, &expected))
        })
    };
    let worst = std::thread::scope(|scope| {
        let other = scope.spawn(|| worst_of(half, texts.len()));
        worst_of(0, half).min(other.join().expect("no panic"))
    });
    println!("least cosine with the reference: {worst:.6}");
    assert!(worst > 0.9995, "least cosine with the reference: {worst}");
}

#[test]
fn every_kernel_gives_the_same_bits() {
    let model = model();
    let long = "the treaty was signed at last and the senate agreed to it ".repeat(40);
    for text in ["x", "The mill burned down in 1871.", &long] {
        let expected = model.embed_with(Instructions::Portable, text).expect("has tokens");
        assert_eq!(expected.len(), DIM);
        for instructions in Instructions::supported() {
            assert!(model.embed_with(instructions, text).expect("has tokens") == expected, "{instructions:?}: {text:.20}");
        }
    }
}

#[test]
fn texts_without_a_token_have_no_vector() {
    let model = model();
    assert!(model.embed("").is_none() && model.embed(" \n\t").is_none());
    // Beyond the 254 tokens that are read nothing counts.
    let long = "word ".repeat(254);
    assert!(model.embed(&format!("{long} something else")) == model.embed(&long));
    assert!(model.embed(&"word ".repeat(253)) != model.embed(&long));
}

#[test]
fn other_bytes_are_refused() {
    assert_eq!(MiniLm::parse(b"not a model").err().map(|error| error.code), Some(Code::Corrupt));
    assert_eq!(MiniLm::load(Path::new("/nowhere")).err().map(|error| error.code), Some(Code::ModelMissing));
}
