//! The shape of a catalogue file, as `catalogue.schema.json` says it. Fields the house does not use are read to be checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the whole shape is read so that a misspelt field is refused, not skipped")]
pub(super) struct Catalogue {
    notice: String,
    schema: Option<String>,
    version: String,
    language: Language,
    hall: Hall,
    conventions: Option<BTreeMap<String, String>>,
    pub(super) items: Vec<Value>,
}

#[derive(Deserialize)]
enum Language {
    #[serde(rename = "zh-CN")]
    Chinese,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read to be checked")]
struct Hall {
    name: String,
    region: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the whole shape is read so that a misspelt field is refused, not skipped")]
pub(super) struct Item {
    pub(super) code: String,
    sample_key: Option<String>,
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
    pub(super) group: String,
    kind: Kind,
    audience: Audience,
    handled_by: HandledBy,
    conditions: Vec<String>,
    pub(super) materials: Vec<Material>,
    legal_limit_days: u16,
    pub(super) promised_limit_days: u16,
    pub(super) fee: String,
    pub(super) steps: Vec<String>,
    online_url: Option<String>,
    situations: Vec<Situation>,
    faq: Vec<Question>,
    keywords: Vec<String>,
}

#[derive(Deserialize)]
enum Kind {
    #[serde(rename = "行政许可")]
    Licence,
    #[serde(rename = "行政给付")]
    Benefit,
    #[serde(rename = "行政确认")]
    Confirmation,
    #[serde(rename = "其他行政权力")]
    OtherPower,
    #[serde(rename = "公共服务")]
    PublicService,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Audience {
    Personal,
    Enterprise,
    Both,
}

#[derive(Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case", deny_unknown_fields)]
#[expect(dead_code, reason = "read to be checked")]
enum HandledBy {
    Hall {},
    Refer {
        #[serde(rename = "where")]
        place: String,
        note: Option<String>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "read to be checked")]
pub(super) struct Material {
    id: String,
    pub(super) name: String,
    pub(super) requirement: Requirement,
    forms: Vec<Form>,
    trust_grade: TrustGrade,
    pub(super) note: String,
    when: Option<When>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Requirement {
    Required,
    Situational,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    Original,
    Copy,
    Electronic,
}

#[derive(Deserialize)]
enum TrustGrade {
    A,
    B,
    C,
    D,
}

/// When a situational material is needed.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum When {
    Answer {
        situation: String,
        #[serde(rename = "in")]
        options: Vec<String>,
    },
    All {
        all: Vec<When>,
    },
    Any {
        any: Vec<When>,
    },
    Not {
        not: Box<When>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Situation {
    id: String,
    question: String,
    options: Vec<SituationOption>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SituationOption {
    id: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    q: String,
    a: String,
}

impl Item {
    /// The first rule that this item breaks, in words.
    pub(super) fn broken_rule(&self) -> Option<&'static str> {
        let rules = [
            (is_national_code(&self.code), "its code has not the national form of 31 characters"),
            (self.texts().all(|text| !text.is_empty()), "a text is empty"),
            ((3..=6).contains(&self.steps.len()), "it has not 3 to 6 steps"),
            ((2..=4).contains(&self.situations.len()), "it has not 2 to 4 situations"),
            (
                self.situations.iter().all(|situation| situation.options.len() >= 2),
                "a situation has fewer than 2 options",
            ),
            ((4..=8).contains(&self.faq.len()), "it has not 4 to 8 questions"),
            (
                !self.aliases.is_empty() && !self.conditions.is_empty() && !self.keywords.is_empty(),
                "a list is empty",
            ),
            (
                !self.materials.is_empty() && self.materials.iter().all(|material| !material.forms.is_empty()),
                "a list is empty",
            ),
            (self.has_unique_materials(), "two materials have one id"),
            (
                self.has_conditions_where_they_belong(),
                "a condition stands with situational materials and with no others",
            ),
            (
                self.materials.iter().flat_map(|material| &material.when).all(|when| self.knows(when)),
                "a condition names a situation or option that is not there",
            ),
        ];
        rules.into_iter().find_map(|(holds, rule)| (!holds).then_some(rule))
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        let materials = self.materials.iter().flat_map(|material| [&material.id, &material.name, &material.note]);
        let situations = self.situations.iter().flat_map(|situation| {
            let options = situation.options.iter().flat_map(|option| [&option.id, &option.text]);
            [&situation.id, &situation.question].into_iter().chain(options)
        });
        let faq = self.faq.iter().flat_map(|question| [&question.q, &question.a]);
        let lists = self.aliases.iter().chain(&self.conditions).chain(&self.steps).chain(&self.keywords);
        [&self.name, &self.group, &self.fee]
            .into_iter()
            .chain(lists)
            .chain(materials)
            .chain(situations)
            .chain(faq)
    }

    fn has_unique_materials(&self) -> bool {
        let mut ids: Vec<&str> = self.materials.iter().map(|material| material.id.as_str()).collect();
        ids.sort_unstable();
        ids.windows(2).all(|pair| pair[0] != pair[1])
    }

    fn has_conditions_where_they_belong(&self) -> bool {
        self.materials
            .iter()
            .all(|material| (material.requirement == Requirement::Situational) == material.when.is_some())
    }

    fn knows(&self, when: &When) -> bool {
        match when {
            When::Answer { situation, options } => self.situations.iter().any(|known| {
                known.id == *situation && !options.is_empty() && options.iter().all(|option| known.options.iter().any(|known| known.id == *option))
            }),
            When::All { all: parts } | When::Any { any: parts } => !parts.is_empty() && parts.iter().all(|part| self.knows(part)),
            When::Not { not } => self.knows(not),
        }
    }
}

/// 18 characters of the body's 统一社会信用代码, one of 行使层级, 12 digits of 基本编码 (DOMAIN, 实施编码).
fn is_national_code(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 31
        && bytes[..18]
            .iter()
            .all(|byte| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !b"IOSVZ".contains(byte)))
        && (b'1'..=b'6').contains(&bytes[18])
        && bytes[19..].iter().all(u8::is_ascii_digit)
}
