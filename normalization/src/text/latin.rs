//! Latin letters that NFKD does not decompose, and the ASCII characters they are compared as.

/// What a case-folded letter is compared as, in ASCII. None if the letter stands for itself.
///
/// The first table is CLDR's transliteration Latin-ASCII (CLDR 42, printed by tests/data/make_fold.py), the second our own.
pub(super) fn to_ascii(letter: char) -> Option<&'static str> {
    let letters = match letter {
        'ᴀ' | 'ᶏ' | 'ⱥ' => "a",
        'ꜳ' => "aa",
        'æ' | 'ᴁ' => "ae",
        'ꜵ' => "ao",
        'ꜷ' => "au",
        'ꜹ' | 'ꜻ' => "av",
        'ꜽ' => "ay",
        'ƀ' | 'ƃ' | 'ɓ' | 'ʙ' | 'ᴃ' | 'ᵬ' | 'ᶀ' => "b",
        'ƈ' | 'ȼ' | 'ɕ' | 'ᴄ' | 'ꞓ' => "c",
        'ð' | 'đ' | 'ƌ' | 'ȡ' | 'ɖ' | 'ɗ' | 'ᴅ' | 'ᴆ' | 'ᵭ' | 'ᶁ' | 'ᶑ' | 'ꝱ' | 'ꝺ' => "d",
        'ȸ' => "db",
        'ʣ' | 'ʥ' => "dz",
        'ɇ' | 'ɛ' | 'ᴇ' | 'ᶒ' | 'ᶓ' | 'ⱸ' => "e",
        'ƒ' | 'ᵮ' | 'ᶂ' | 'ꜰ' | 'ꝼ' => "f",
        'ǥ' | 'ɠ' | 'ɡ' | 'ɢ' | 'ʛ' | 'ᶃ' | 'ꞡ' => "g",
        'ħ' | 'ɦ' | 'ɧ' | 'ʜ' | 'ⱨ' => "h",
        'ƕ' => "hv",
        'ı' | 'ɨ' | 'ɪ' | 'ᵻ' | 'ᶖ' => "i",
        'ȷ' | 'ɉ' | 'ɟ' | 'ʝ' | 'ᴊ' => "j",
        'ƙ' | 'ᴋ' | 'ᶄ' | 'ⱪ' | 'ꝁ' | 'ꝃ' | 'ꝅ' | 'ꞣ' => "k",
        'ł' | 'ƚ' | 'ȴ' | 'ɫ' | 'ɬ' | 'ɭ' | 'ʟ' | 'ᴌ' | 'ᶅ' | 'ⱡ' | 'ꝇ' | 'ꝉ' | 'ꝲ' => "l",
        'ỻ' => "ll",
        'ʪ' => "ls",
        'ʫ' => "lz",
        'ɱ' | 'ᴍ' | 'ᵯ' | 'ᶆ' | 'ꝳ' => "m",
        'ŋ' | 'ƞ' | 'ȵ' | 'ɲ' | 'ɳ' | 'ɴ' | 'ᵰ' | 'ᶇ' | 'ꝴ' | 'ꞑ' | 'ꞥ' => "n",
        'ø' | 'ᴏ' | 'ⱺ' | 'ꝋ' | 'ꝍ' => "o",
        'œ' | 'ɶ' => "oe",
        'ƣ' => "oi",
        'ꝏ' => "oo",
        'ƥ' | 'ᴘ' | 'ᵱ' | 'ᵽ' | 'ᶈ' | 'ꝑ' | 'ꝓ' | 'ꝕ' => "p",
        'ĸ' | 'ʠ' | 'ꝗ' | 'ꝙ' => "q",
        'ȹ' => "qp",
        'ɍ' | 'ɼ' | 'ɽ' | 'ɾ' | 'ʀ' | 'ᵲ' | 'ᵳ' | 'ᶉ' | 'ꝵ' | 'ꝶ' | 'ꞧ' => "r",
        'ȿ' | 'ʂ' | 'ᵴ' | 'ᶊ' | 'ẜ' | 'ẝ' | 'ꜱ' | 'ꞩ' => "s",
        'ß' => "ss",
        'ŧ' | 'ƫ' | 'ƭ' | 'ȶ' | 'ʈ' | 'ᴛ' | 'ᵵ' | 'ⱦ' | 'ꝷ' | 'ꞇ' => "t",
        'þ' | 'ᵺ' | 'ꝥ' | 'ꝧ' => "th",
        'ʦ' => "ts",
        'ʉ' | 'ᴜ' | 'ᵾ' | 'ᶙ' => "u",
        'ᵫ' => "ue",
        'ʋ' | 'ᴠ' | 'ᶌ' | 'ỽ' | 'ⱱ' | 'ⱴ' | 'ꝟ' => "v",
        'ꝡ' => "vy",
        'ᴡ' | 'ⱳ' => "w",
        'ᶍ' => "x",
        'ƴ' | 'ɏ' | 'ʏ' | 'ỿ' => "y",
        'ƶ' | 'ȥ' | 'ɀ' | 'ʐ' | 'ʑ' | 'ᴢ' | 'ᵶ' | 'ᶎ' | 'ⱬ' => "z",
        // The saltillo of Mexican languages is a letter with two cases.
        'ꞌ' => "'",
        // The names of Ghana and of Azerbaijan are typed so without their keyboards.
        'ɔ' => "o",
        'ə' => "e",
        _ => return None,
    };
    Some(letters)
}
