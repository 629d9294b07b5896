// SPDX-License-Identifier: GPL-3.0-only
//! Words that espeak-ng 1.51 reads wrongly in Mandarin, character by character as it does: 银行 as "yín xíng",
//! 重庆 as "zhòng qìng", 贷款 with a doubled syllable. Its voice takes pinyin in their place.
//!
//! Found by comparing what it says of some sixty thousand words with their dictionary readings, by program;
//! here are those that stand in texts of offices. A word that is read well may be here too, where a wrong one
//! would be found across its end: 社会计划 is not 会计.

use zeroize::Zeroizing;

/// Longest word of the table, in characters.
const LONGEST: usize = 5;

/// Words and their pinyin with tone numbers, in the order of the words.
const READINGS: &[(&str, &str)] = &[
    ("一万", "yi2wan4"),
    ("一个", "yi2ge4"),
    ("一个月", "yi2ge4yue4"),
    ("一位", "yi2wei4"),
    ("一倍", "yi2bei4"),
    ("一元", "yi4yuan2"),
    ("一千", "yi4qian1"),
    ("一半", "yi2ban4"),
    ("一定", "yi2ding4"),
    ("一年", "yi4nian2"),
    ("一方面", "yi4fang1mian4"),
    ("一月", "yi1yue4"),
    ("一次", "yi2ci4"),
    ("一次性", "yi2ci4xing4"),
    ("一百", "yi4bai3"),
    ("一致", "yi2zhi4"),
    ("一般", "yi4ban1"),
    ("一起", "yi4qi3"),
    ("一部分", "yi2bu4fen4"),
    ("丈量", "zhang4liang2"),
    ("不了", "bu4liao3"),
    ("不得", "bu4de2"),
    ("业绩", "ye4ji4"),
    ("东莞", "dong1guan3"),
    ("两地", "liang3di4"),
    ("中国银行", "zhong1guo2yin2hang2"),
    ("中毒", "zhong4du2"),
    ("为主", "wei2zhu3"),
    ("了解", "liao3jie3"),
    ("休假", "xiu1jia4"),
    ("会计", "kuai4ji4"),
    ("会计师", "kuai4ji4shi1"),
    ("作为", "zuo4wei2"),
    ("供养", "gong4yang3"),
    ("供应", "gong1ying4"),
    ("供给", "gong1ji3"),
    ("供职", "gong4zhi2"),
    ("便宜", "pian2yi5"),
    ("假日", "jia4ri4"),
    ("假期", "jia4qi1"),
    ("偿还", "chang2huan2"),
    ("兄长", "xiong1zhang3"),
    ("充分", "chong1fen4"),
    ("六安", "lu4an1"),
    ("兴办", "xing1ban4"),
    ("其中", "qi2zhong1"),
    ("农舍", "nong2she4"),
    ("农行", "nong2hang2"),
    ("分为", "fen1wei2"),
    ("分娩", "fen1mian3"),
    ("分量", "fen4liang4"),
    ("创伤", "chuang1shang1"),
    ("勉强", "mian3qiang3"),
    ("区长", "qu1zhang3"),
    ("协调", "xie2tiao2"),
    ("厦门", "xia4men2"),
    ("县长", "xian4zhang3"),
    ("参与", "can1yu4"),
    ("双重", "shuang1chong2"),
    ("反应", "fan3ying4"),
    ("取得", "qu3de2"),
    ("变更", "bian4geng1"),
    ("可以", "ke3yi3"),
    ("台州", "tai1zhou1"),
    ("各地", "ge4di4"),
    ("呼吁", "hu1yu4"),
    ("咳嗽", "ke2sou4"),
    ("响应", "xiang3ying4"),
    ("商业银行", "shang1ye4yin2hang2"),
    ("嘉兴", "jia1xing1"),
    ("困难", "kun4nan2"),
    ("国家", "guo2jia1"),
    ("土地", "tu3di4"),
    ("地位", "di4wei4"),
    ("地区", "di4qu1"),
    ("地址", "di4zhi3"),
    ("地方", "di4fang1"),
    ("地点", "di4dian3"),
    ("地铁", "di4tie3"),
    ("地震", "di4zhen4"),
    ("场地", "chang3di4"),
    ("埋怨", "man2yuan4"),
    ("基地", "ji1di4"),
    ("增长", "zeng1zhang3"),
    ("处于", "chu3yu2"),
    ("处分", "chu3fen4"),
    ("处理", "chu3li3"),
    ("处长", "chu4zhang3"),
    ("外地", "wai4di4"),
    ("大夫", "dai4fu5"),
    ("大部分", "da4bu4fen4"),
    ("头发", "tou2fa4"),
    ("媒体", "mei2ti3"),
    ("实地", "shi2di4"),
    ("家长", "jia1zhang3"),
    ("宿舍", "su4she4"),
    ("对称", "dui4chen4"),
    ("尽可能", "jin3ke3neng2"),
    ("尽快", "jin3kuai4"),
    ("尽早", "jin3zao3"),
    ("尽管", "jin3guan3"),
    ("尽量", "jin3liang4"),
    ("局长", "ju2zhang3"),
    ("工地", "gong1di4"),
    ("市长", "shi4zhang3"),
    ("干部", "gan4bu4"),
    ("年长", "nian2zhang3"),
    ("应付", "ying4fu4"),
    ("应对", "ying4dui4"),
    ("应急", "ying4ji2"),
    ("应用", "ying4yong4"),
    ("应聘", "ying4pin4"),
    ("度假", "du4jia4"),
    ("建行", "jian4hang2"),
    ("异地", "yi4di4"),
    ("弹性", "tan2xing4"),
    ("归还", "gui1huan2"),
    ("当作", "dang4zuo4"),
    ("当地", "dang1di4"),
    ("当天", "dang4tian1"),
    ("当成", "dang4cheng2"),
    ("当晚", "dang4wan3"),
    ("得到", "de2dao4"),
    ("成为", "cheng2wei2"),
    ("成分", "cheng2fen4"),
    ("成绩", "cheng2ji4"),
    ("成都", "cheng2du1"),
    ("成长", "cheng2zhang3"),
    ("所在地", "suo3zai4di4"),
    ("所长", "suo3zhang3"),
    ("拓宽", "tuo4kuan1"),
    ("拓展", "tuo4zhan3"),
    ("挣钱", "zheng4qian2"),
    ("改为", "gai3wei2"),
    ("放假", "fang4jia4"),
    ("更名", "geng1ming2"),
    ("更换", "geng1huan4"),
    ("更改", "geng1gai3"),
    ("更新", "geng1xin1"),
    ("更正", "geng1zheng4"),
    ("朝阳", "zhao1yang2"),
    ("朝鲜族", "chao2xian3zu2"),
    ("本地", "ben3di4"),
    ("机会", "ji1hui4"),
    ("村长", "cun1zhang3"),
    ("校对", "jiao4dui4"),
    ("校舍", "xiao4she4"),
    ("校长", "xiao4zhang3"),
    ("模板", "mu2ban3"),
    ("水分", "shui3fen4"),
    ("测量", "ce4liang2"),
    ("浏览", "liu2lan3"),
    ("灾难", "zai1nan4"),
    ("照片", "zhao4pian1"),
    ("率先", "shuai4xian1"),
    ("生长", "sheng1zhang3"),
    ("用地", "yong4di4"),
    ("畜产品", "xu4chan3pin3"),
    ("畜牧", "xu4mu4"),
    ("畜牧业", "xu4mu4ye4"),
    ("痴呆", "chi1dai1"),
    ("的确", "di2que4"),
    ("目的", "mu4di4"),
    ("目的地", "mu4di4di4"),
    ("相应", "xiang1ying4"),
    ("相片", "xiang4pian1"),
    ("省长", "sheng3zhang3"),
    ("看守", "kan1shou3"),
    ("看护", "kan1hu4"),
    ("着力", "zhuo2li4"),
    ("着急", "zhao2ji2"),
    ("着手", "zhuo2shou3"),
    ("着重", "zhuo2zhong4"),
    ("矫正", "jiao3zheng4"),
    ("社会", "she4hui4"),
    ("社长", "she4zhang3"),
    ("种植", "zhong4zhi2"),
    ("种田", "zhong4tian2"),
    ("科长", "ke1zhang3"),
    ("称为", "cheng1wei2"),
    ("称职", "chen4zhi2"),
    ("站长", "zhan4zhang3"),
    ("累计", "lei3ji4"),
    ("组长", "zu3zhang3"),
    ("绍兴", "shao4xing1"),
    ("给予", "ji3yu3"),
    ("给付", "ji3fu4"),
    ("给养", "ji3yang3"),
    ("绩效", "ji4xiao4"),
    ("缝纫", "feng2ren4"),
    ("耕地", "geng1di4"),
    ("耳朵", "er3duo5"),
    ("聘请", "pin4qing3"),
    ("脑中风", "nao3zhong4feng1"),
    ("自给", "zi4ji3"),
    ("舌头", "she2tou5"),
    ("节假日", "jie2jia4ri4"),
    ("苦难", "ku3nan4"),
    ("获得", "huo4de2"),
    ("著名", "zhu4ming2"),
    ("董事长", "dong3shi4zhang3"),
    ("薄弱", "bo2ruo4"),
    ("藏族", "zang4zu2"),
    ("蚌埠", "beng4bu4"),
    ("行业", "hang2ye4"),
    ("行为", "xing2wei2"),
    ("行长", "hang2zhang3"),
    ("衡量", "heng2liang2"),
    ("补给", "bu3ji3"),
    ("西藏", "xi1zang4"),
    ("要求", "yao1qiu2"),
    ("认为", "ren4wei2"),
    ("请假", "qing3jia4"),
    ("调剂", "tiao2ji4"),
    ("调整", "tiao2zheng3"),
    ("调理", "tiao2li3"),
    ("调节", "tiao2jie2"),
    ("调解", "tiao2jie3"),
    ("贷款", "dai4kuan3"),
    ("赡养", "shan4yang3"),
    ("转载", "zhuan3zai3"),
    ("返还", "fan3huan2"),
    ("还清", "huan2qing1"),
    ("退还", "tui4huan2"),
    ("送还", "song4huan2"),
    ("适应", "shi4ying4"),
    ("适当", "shi4dang4"),
    ("遇难", "yu4nan4"),
    ("部分", "bu4fen4"),
    ("部长", "bu4zhang3"),
    ("都市", "du1shi4"),
    ("重修", "chong2xiu1"),
    ("重复", "chong2fu4"),
    ("重庆", "chong2qing4"),
    ("重建", "chong2jian4"),
    ("重新", "chong2xin1"),
    ("重组", "chong2zu3"),
    ("银行", "yin2hang2"),
    ("镇长", "zhen4zhang3"),
    ("长者", "zhang3zhe3"),
    ("长辈", "zhang3bei4"),
    ("间接", "jian4jie1"),
    ("队长", "dui4zhang3"),
    ("陕西", "shan3xi1"),
    ("院长", "yuan4zhang3"),
    ("集中", "ji2zhong1"),
    ("需要", "xu1yao4"),
    ("青少年", "qing1shao4nian2"),
    ("馆长", "guan3zhang3"),
    ("首都", "shou3du1"),
    ("骨头", "gu3tou5"),
    ("骨干", "gu3gan4"),
];

/// `words` with pinyin in place of what would be read wrongly.
pub(super) fn corrected(words: &str) -> Zeroizing<String> {
    let mut result = Zeroizing::new(String::with_capacity(words.len().saturating_mul(2)));
    let mut rest = words;
    while let Some(first) = rest.chars().next() {
        let Some((word, pinyin)) = reading(rest) else {
            result.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        };
        if result.ends_with(|last: char| last.is_ascii_alphanumeric()) {
            result.push(' ');
        }
        result.push_str(pinyin);
        rest = rest.get(word.len()..).unwrap_or_default();
    }
    result
}

/// The longest word of the table with which `text` begins.
fn reading(text: &str) -> Option<(&'static str, &'static str)> {
    let ends = text.char_indices().take(LONGEST).map(|(at, sign)| at + sign.len_utf8()).collect::<Vec<_>>();
    ends.into_iter().rev().find_map(|end| {
        let (word, after) = text.split_at_checked(end)?;
        // 院长 is a person, but in 医院长期 the word is 长期.
        let joins_on = word.ends_with('长') && after.starts_with(['期', '久', '效', '远']);
        let found = READINGS.binary_search_by(|(known, _)| (*known).cmp(word)).ok()?;
        READINGS.get(found).copied().filter(|_| !joins_on)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_no_word_is_too_long() {
        assert!(READINGS.is_sorted_by(|one, other| one.0 < other.0));
        for (word, pinyin) in READINGS {
            let syllables = pinyin.chars().filter(char::is_ascii_digit).count();
            assert_eq!(word.chars().count(), syllables, "{word}");
            assert!(syllables <= LONGEST, "{word}");
        }
    }

    #[test]
    fn the_longest_word_counts_and_none_is_found_across_words() {
        for (text, wanted) in [
            ("到银行重新办理", "到yin2hang2 chong2xin1办理"),
            ("中国银行卡", "zhong1guo2yin2hang2卡"),
            ("社会计划", "she4hui4计划"),
            ("医院长期护理", "医院长期护理"),
            ("院长签字", "yuan4zhang3签字"),
            ("A银行", "A yin2hang2"),
            ("", ""),
        ] {
            assert_eq!(*corrected(text), wanted);
        }
    }
}
