// SPDX-License-Identifier: GPL-3.0-only
//! What the divisions of China are called, by their code: those of today and those whose code an old ID card still
//! carries. The names are the files of `assets/places`, inside the program; nothing of them is unpacked or copied.
//! `docs/places.md` tells where they come from.

mod table;

use table::{Division, line};

use crate::domain::policy::fact::PlaceCode;
use crate::domain::session::Language;

/// Digits of a county's code; what is longer lies within it.
const COUNTY_DIGITS: u8 = 6;

/// How much of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// From the province on: "Kuiwen District, Weifang, Shandong".
    Full,
    /// Without the province where something smaller is named; a municipality stays: "Kuiwen District, Weifang",
    /// "Dongcheng District, Beijing".
    Short,
}

/// A place, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    code: PlaceCode,
    province: Option<Division>,
    prefecture: Option<Division>,
    county: Option<Division>,
    exact: bool,
    until: Option<u16>,
}

impl Place {
    /// What is known of `code`.
    #[must_use]
    pub fn of(code: PlaceCode) -> Self {
        let written = code.to_string();
        let of = |digits: usize| line(&format!("{:0<6}", written.get(..digits).unwrap_or_default()));
        let province = of(2);
        let prefecture = of(4).filter(|_| code.length() >= 4);
        let county = of(6).filter(|_| code.length() >= COUNTY_DIGITS);
        let own = match code.length() {
            2 => province,
            4 => prefecture,
            _ => county,
        };
        Self {
            code,
            province: province.map(|line| line.division),
            // A county that is no more lay in what its prefecture was called then.
            prefecture: county.and_then(|line| line.above).or(prefecture.map(|line| line.division)),
            county: county.map(|line| line.division),
            exact: own.is_some() && code.length() <= COUNTY_DIGITS,
            until: own.and_then(|line| line.until),
        }
    }

    /// Whether the code itself has a name, and not only what it lies in.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// The year in which the code was given up; nothing while it is in use.
    #[must_use]
    pub fn until(&self) -> Option<u16> {
        self.until
    }

    /// The name of the place, or of the smallest named one that it lies in; nothing where not even the province is
    /// known.
    #[must_use]
    pub fn known(&self, form: Form, language: Language) -> Option<String> {
        let smaller = self.prefecture.is_some() || self.county.is_some();
        let province =
            self.province.filter(|province| form == Form::Full || !smaller || province.is_province_and_city());
        let levels = [province, self.prefecture, self.county];
        let names = levels.iter().flatten().map(|division| division.name(language));
        let name = match language {
            Language::Zh => names.collect(),
            Language::En => names.rev().collect::<Vec<_>>().join(", "),
        };
        (!name.is_empty()).then_some(name)
    }

    /// What people read: the name; where the code has none, its code behind the name of what it lies in, so that two
    /// places never look like one.
    #[must_use]
    pub fn name(&self, form: Form, language: Language) -> String {
        match self.known(form, language) {
            Some(name) if self.exact => name,
            Some(name) => format!("{name} ({})", self.code),
            None => self.code.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(code: &str) -> Place {
        Place::of(PlaceCode::parse(code).unwrap())
    }

    /// Full and short in Chinese, full in English.
    #[track_caller]
    fn check(code: &str, full: &str, short: &str, english: &str) {
        let place = place(code);
        assert_eq!(place.name(Form::Full, Language::Zh), full, "{code}");
        assert_eq!(place.name(Form::Short, Language::Zh), short, "{code}");
        assert_eq!(place.name(Form::Full, Language::En), english, "{code}");
    }

    #[test]
    fn a_county_is_named_with_what_it_lies_in() {
        check("370705", "山东省潍坊市奎文区", "潍坊市奎文区", "Kuiwen District, Weifang, Shandong");
        check("370700", "山东省潍坊市", "潍坊市", "Weifang, Shandong");
        check("370000", "山东省", "山东省", "Shandong");
        check("37", "山东省", "山东省", "Shandong");
        check(
            "530925",
            "云南省临沧市双江拉祜族佤族布朗族傣族自治县",
            "临沧市双江拉祜族佤族布朗族傣族自治县",
            "Shuangjiang Lahu, Va, Blang and Dai Autonomous County, Lincang, Yunnan",
        );
        check(
            "152524",
            "内蒙古自治区锡林郭勒盟苏尼特右旗",
            "锡林郭勒盟苏尼特右旗",
            "Sunite Right Banner, Xilingol League, Inner Mongolia",
        );
        assert_eq!(place("370705").name(Form::Short, Language::En), "Kuiwen District, Weifang");
        assert!(place("370705").is_exact());
        assert_eq!(place("370705").until(), None);
    }

    #[test]
    fn a_municipality_stays_and_what_lies_in_a_province_directly_has_no_prefecture() {
        check("110101", "北京市东城区", "北京市东城区", "Dongcheng District, Beijing");
        check("500157", "重庆市两江新区", "重庆市两江新区", "Liangjiang New Area, Chongqing");
        check("429004", "湖北省仙桃市", "仙桃市", "Xiantao City, Hubei");
        check("659004", "新疆维吾尔自治区五家渠市", "五家渠市", "Wujiaqu City, Xinjiang");
        check("810000", "香港特别行政区", "香港特别行政区", "Hong Kong");
        check("710000", "台湾省", "台湾省", "Taiwan");
    }

    #[test]
    fn a_code_that_is_no_more_has_the_names_of_its_time() {
        check("110103", "北京市崇文区", "北京市崇文区", "Chongwen District, Beijing");
        assert_eq!(place("110103").until(), Some(2010));
        // Chongqing was a city of Sichuan.
        check("510202", "四川省重庆市渝中区", "重庆市渝中区", "Yuzhong District, Chongqing, Sichuan");
        check("372501", "山东省聊城地区聊城市", "聊城地区聊城市", "Liaocheng City, Liaocheng Prefecture, Shandong");
        // The city has another name today.
        check("420605", "湖北省襄樊市郊区", "襄樊市郊区", "Suburban District, Xiangfan, Hubei");
        assert_eq!(place("420600").name(Form::Short, Language::Zh), "襄阳市");
        // It stood in the lists of 1993 and 1994 alone.
        check("139005", "河北省藁城市", "藁城市", "Gaocheng City, Hebei");
        assert_eq!(place("139005").until(), Some(1995));
    }

    #[test]
    fn what_has_no_name_is_told_by_what_it_lies_in_and_its_code() {
        check("370799", "山东省潍坊市 (370799)", "潍坊市 (370799)", "Weifang, Shandong (370799)");
        check("379999", "山东省 (379999)", "山东省 (379999)", "Shandong (379999)");
        check("379900", "山东省 (379900)", "山东省 (379900)", "Shandong (379900)");
        check("990101", "990101", "990101", "990101");
        // Townships and communities have no names here.
        check(
            "330106002015",
            "浙江省杭州市西湖区 (330106002015)",
            "杭州市西湖区 (330106002015)",
            "Xihu District, Hangzhou, Zhejiang (330106002015)",
        );
        assert!(!place("330106002").is_exact());
        assert_eq!(place("990101").known(Form::Full, Language::Zh), None);
    }
}
