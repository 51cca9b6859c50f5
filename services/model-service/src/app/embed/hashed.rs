//! Words and letter groups hashed into a vector of unit length: texts that share words are near one another. It knows no meaning.
//!
//! Feature hashing with signs (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009).

/// Letter groups within a word, in characters: they bring `deploys` and `deployment` near one another.
const GROUP: usize = 3;
/// A whole word says more than one of its letter groups.
const WORD_WEIGHT: f32 = 2.0;

/// The vector of a text. The same text gives the same bytes on every machine. A text without letters or digits is all zeros.
pub fn vector(text: &str, dimensions: u32) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions as usize];
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word = word.to_lowercase();
        add(&mut vector, &word, WORD_WEIGHT);
        let marked: Vec<char> = std::iter::once('^').chain(word.chars()).chain(['$']).collect();
        for group in marked.windows(GROUP) {
            add(&mut vector, &group.iter().collect::<String>(), 1.0);
        }
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    vector
}

fn add(vector: &mut [f32], feature: &str, weight: f32) {
    let hash = fnv1a(feature.as_bytes());
    let place = (hash % vector.len() as u64) as usize;
    let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
    vector[place] += sign * weight;
}

/// FNV-1a with 64 bits, then the finaliser of MurmurHash3: FNV alone leaves its upper bits too regular for short texts.
fn fnv1a(bytes: &[u8]) -> u64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mixed = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: &str, b: &str) -> f32 {
        vector(a, 256).iter().zip(vector(b, 256)).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn texts_that_share_words_are_nearer() {
        let query = "rolling back a deployment";
        assert!(near(query, "how to roll back deployments") > near(query, "style guide for headings") + 0.2);
        assert!(near("Café menu", "café MENU") > 0.999);
    }

    #[test]
    fn vectors_have_unit_length_and_never_change() {
        let length: f32 = vector("any text", 64).iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-5);
        assert_eq!(vector("…", 8), vec![0.0; 8]);
        // A change here would make every stored vector useless.
        let signs: Vec<i8> =
            vector("deployment rollback", 16).iter().map(|x| (x * 100.0).round() as i8).collect();
        assert_eq!(signs, [0, 19, 0, 38, 0, 19, 38, 19, 38, 0, -57, 0, 0, 0, -38, 0]);
    }
}
