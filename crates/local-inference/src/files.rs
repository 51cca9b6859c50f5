//! Where the parts of a model lie: one GGUF file, or a folder as model hubs lay it out.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::quantized::gguf_file;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;

/// A model's files.
pub(crate) enum Files {
    /// One file that holds everything; a `tokenizer.json` beside it goes before the tokenizer inside.
    Gguf { path: PathBuf, content: gguf_file::Content, file: fs::File },
    /// `config.json`, `tokenizer.json`, `*.safetensors` and what may stand beside them.
    Folder(PathBuf),
}

impl Files {
    /// Looks at a path.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        if path.is_dir() {
            return Ok(Self::Folder(path.to_owned()));
        }
        let mut file = fs::File::open(path).map_err(|error| Error::file(path, error))?;
        if path.extension().is_none_or(|ext| ext != "gguf") {
            return Err(Error::file(path, "neither a folder nor a file that ends in .gguf"));
        }
        let content = gguf_file::Content::read(&mut file)
            .map_err(|error| Error::file(path, format!("no GGUF: {error}")))?;
        Ok(Self::Gguf { path: path.to_owned(), content, file })
    }
}

/// The weights of a folder, sorted by name.
pub(crate) fn safetensors(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(folder).map_err(|error| Error::file(folder, error))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut found: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|ext| ext == "safetensors")).collect();
    found.sort();
    if found.is_empty() {
        return Err(Error::file(folder, "holds no *.safetensors"));
    }
    Ok(found)
}

/// A JSON file that must be there.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let text = fs::read(path).map_err(|error| Error::file(path, error))?;
    serde_json::from_slice(&text).map_err(|error| Error::file(path, error))
}

/// A JSON file that may be missing; then null.
pub(crate) fn json_if_there(path: &Path) -> Result<Value, Error> {
    if path.exists() { json(path) } else { Ok(Value::Null) }
}
