// SPDX-License-Identifier: MIT OR Apache-2.0
//! Nations (民族) by their codes of GB/T 3304.

use zeroize::Zeroize;

/// Names of the codes 1 to 56.
const NAMES: [&str; 56] = [
    "汉",
    "蒙古",
    "回",
    "藏",
    "维吾尔",
    "苗",
    "彝",
    "壮",
    "布依",
    "朝鲜",
    "满",
    "侗",
    "瑶",
    "白",
    "土家",
    "哈尼",
    "哈萨克",
    "傣",
    "黎",
    "傈僳",
    "佤",
    "畲",
    "高山",
    "拉祜",
    "水",
    "东乡",
    "纳西",
    "景颇",
    "柯尔克孜",
    "土",
    "达斡尔",
    "仫佬",
    "羌",
    "布朗",
    "撒拉",
    "毛南",
    "仡佬",
    "锡伯",
    "阿昌",
    "普米",
    "塔吉克",
    "怒",
    "乌孜别克",
    "俄罗斯",
    "鄂温克",
    "德昂",
    "保安",
    "裕固",
    "京",
    "塔塔尔",
    "独龙",
    "鄂伦春",
    "赫哲",
    "门巴",
    "珞巴",
    "基诺",
];

/// Names of the other codes.
const OTHERS: [(u8, &str); 2] = [(97, "其他"), (98, "外国血统中国籍人士")];

/// Code of a nation, 0 to 99. Cards with codes that are in no table exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nation(u8);

impl Nation {
    /// The nation with this code, 0 to 99.
    #[must_use]
    pub fn new(code: u8) -> Option<Self> {
        (code <= 99).then_some(Self(code))
    }

    /// The nation of this name, without 族.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let at = |at: usize| u8::try_from(at + 1).ok();
        let main = NAMES.iter().position(|known| *known == name).and_then(at);
        main.or_else(|| OTHERS.iter().find(|(_, known)| *known == name).map(|(code, _)| *code)).map(Self)
    }

    /// The code.
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }

    /// The name as it is printed on the card, without 族; `None` for a code that is in no table.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let main = usize::from(self.0).checked_sub(1).and_then(|at| NAMES.get(at));
        main.or_else(|| OTHERS.iter().find(|(code, _)| *code == self.0).map(|(_, name)| name)).copied()
    }
}

impl Zeroize for Nation {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::Nation;

    #[test]
    fn codes_and_names_agree() {
        for (code, name) in [
            (1, "汉"),
            (5, "维吾尔"),
            (23, "高山"),
            (46, "德昂"),
            (56, "基诺"),
            (97, "其他"),
            (98, "外国血统中国籍人士"),
        ] {
            let nation = Nation::new(code).unwrap();
            assert_eq!(nation.name(), Some(name));
            assert_eq!(Nation::by_name(name), Some(nation));
        }
        let known = (0..=99).filter(|code| Nation::new(*code).unwrap().name().is_some()).count();
        assert_eq!(known, 58);
        assert_eq!(Nation::new(81).unwrap().name(), None);
        assert_eq!(Nation::new(100), None);
        assert_eq!(Nation::by_name("汉族"), None);
    }
}
