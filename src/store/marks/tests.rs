// SPDX-License-Identifier: GPL-3.0-only
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::domain::time::WallTime;

/// Invented.
const NUMBER: &str = "11010519491231002X";
const OTHER_NUMBER: &str = "110105194912310046";

fn day(text: &str) -> Day {
    Day::parse_iso(text).unwrap()
}

fn item(policy: &str, version: u32) -> ShownPolicy {
    ShownPolicy { pack: "national".into(), policy: policy.into(), version }
}

fn items(count: usize) -> Vec<ShownPolicy> {
    (0..count).map(|index| item(&format!("policy-{index}"), 1)).collect()
}

fn open(directory: &Path, marks_days: u16) -> Marks {
    let (store, _) = Store::open(directory, WallTime(1_800_000_000)).unwrap();
    Marks::new(store, directory, marks_days)
}

async fn seen(marks: &Marks, number: &str, items: &[ShownPolicy], today: &str) -> Vec<bool> {
    marks.seen(&Secret::from(number), items, day(today)).await.unwrap()
}

async fn mark(marks: &Marks, number: &str, items: &[ShownPolicy], today: &str) {
    assert_eq!(marks.mark(&Secret::from(number), items, day(today)).await.unwrap(), Marked::Done);
}

/// Number of rows of both tables.
fn rows(directory: &Path) -> (u32, u32) {
    let database = Connection::open(directory.join(crate::store::DATABASE_FILE)).unwrap();
    let count = |table| database.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
    (count("mark"), count("mark_period"))
}

fn keys(directory: &Path) -> Vec<PathBuf> {
    let periods = keys::periods(directory).unwrap();
    periods.iter().map(|period| directory.join(format!("marks-{period}.key"))).collect()
}

/// Every byte of the database and its log.
fn bytes(directory: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("doorstep.sqlite"));
    files.flat_map(|path| std::fs::read(path).unwrap()).collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn a_mark_is_found_again_by_the_same_card_alone() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    let shown = [item("high-age", 1), item("dibao", 4)];
    assert_eq!(seen(&marks, NUMBER, &shown, "2026-11-22").await, [false, false]);
    mark(&marks, NUMBER, &shown[..1], "2026-11-22").await;
    assert_eq!(seen(&marks, NUMBER, &shown, "2026-11-22").await, [true, false]);
    assert_eq!(seen(&marks, "11010519491231002x", &shown, "2026-11-22").await, [true, false]);
    assert_eq!(seen(&marks, OTHER_NUMBER, &shown, "2026-11-22").await, [false, false]);
    let changed = [item("high-age", 2), ShownPolicy { pack: "city".into(), ..item("high-age", 1) }];
    assert_eq!(seen(&marks, NUMBER, &changed, "2026-11-22").await, [false, false]);
    marks.store.close().await.unwrap();
    let again = open(folder.path(), 90);
    assert_eq!(seen(&again, NUMBER, &shown, "2026-12-24").await, [true, false], "after a restart, a period later");
}

#[tokio::test]
async fn a_mark_is_gone_after_its_days_with_its_key_and_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    let shown = items(5);
    mark(&marks, NUMBER, &shown, "2026-11-22").await;
    // On the last day of the three periods it may be found; never after 90 days, whether anybody tidied or not.
    assert!(seen(&marks, NUMBER, &shown, "2027-01-21").await.iter().all(|seen| *seen), "60 days later");
    assert!(seen(&marks, NUMBER, &shown, "2027-02-20").await.iter().all(|seen| !seen), "90 days later");
    let key = keys(folder.path()).remove(0);
    let kept = std::fs::read(&key).unwrap();
    assert_eq!(marks.expire(day("2027-02-20")).await.unwrap(), Expired { keys: 1, periods: 1 });
    assert_eq!((keys(folder.path()).len(), rows(folder.path())), (0, (0, 0)));
    assert_eq!(marks.expire(day("2027-02-20")).await.unwrap(), Expired::default());
    // Even with the key from a copy nothing is found: the rows are gone too.
    std::fs::write(&key, kept).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert!(seen(&marks, NUMBER, &shown, "2026-11-22").await.iter().all(|seen| !seen));
}

#[tokio::test]
async fn without_its_key_a_mark_is_lost_and_its_row_goes() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    let shown = items(3);
    mark(&marks, NUMBER, &shown, "2026-11-22").await;
    std::fs::remove_file(&keys(folder.path())[0]).unwrap();
    assert_eq!(seen(&marks, NUMBER, &shown, "2026-11-22").await, [false; 3]);
    mark(&marks, NUMBER, &shown[..1], "2026-11-22").await;
    assert_eq!(rows(folder.path()), (1, 1), "rows of the lost key went when the new one was made");
    std::fs::remove_file(&keys(folder.path())[0]).unwrap();
    assert_eq!(marks.expire(day("2026-11-22")).await.unwrap(), Expired { keys: 0, periods: 1 });
    assert_eq!(rows(folder.path()), (0, 0));
}

#[tokio::test]
async fn nothing_in_the_database_comes_from_the_number_without_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    let shown = [item("high-age", 1)];
    mark(&marks, NUMBER, &shown, "2026-11-22").await;
    let written = bytes(folder.path());
    let key = std::fs::read(&keys(folder.path())[0]).unwrap();
    let of = |key: &[u8]| {
        let hmac = hmac::Key::new(hmac::HMAC_SHA256, key);
        mark_of(&hmac, person_of(&hmac, &Secret::from(NUMBER)), &shown[0])
    };
    assert!(holds(&written, &of(&key)), "the mark itself is there");
    assert!(!holds(&written, &key) && !holds(&written, NUMBER.as_bytes()) && !holds(&written, b"high-age"));
    for guess in [&[0_u8; 32][..], b"", FORM, NUMBER.as_bytes()] {
        assert!(!holds(&written, &of(guess)[..8]), "a mark that can be made without the key");
    }
    let digest = ring::digest::digest(&ring::digest::SHA256, NUMBER.as_bytes());
    assert!(!holds(&written, &digest.as_ref()[..8]));
    // Two terminals, two keys: nobody can put their marks side by side.
    let other = tempfile::tempdir().unwrap();
    let others = open(other.path(), 90);
    mark(&others, NUMBER, &shown, "2026-11-22").await;
    assert!(!holds(&bytes(other.path()), &of(&key)));
}

/// A key that is not random, so that the test is the same every time.
const FIXED_KEY: [u8; 32] = [7; 32];

/// The number of somebody who does not exist.
fn invented(index: u32) -> Secret {
    Secret::new(format!("110105{index:012}"))
}

#[tokio::test]
async fn a_mark_fits_more_than_one_number() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    mark(&marks, "to have a key", &items(1), "2026-11-22").await;
    std::fs::write(&keys(folder.path())[0], FIXED_KEY).unwrap();
    let hmac = hmac::Key::new(hmac::HMAC_SHA256, &FIXED_KEY);
    let person = person_of(&hmac, &invented(0));
    let same = (1..3_000_000).find(|index| person_of(&hmac, &invented(*index)) == person).unwrap();
    let shown = [item("high-age", 1)];
    assert_eq!(marks.seen(&invented(same), &shown, day("2026-11-22")).await.unwrap(), [false]);
    marks.mark(&invented(0), &shown, day("2026-11-22")).await.unwrap();
    assert_eq!(marks.seen(&invented(same), &shown, day("2026-11-22")).await.unwrap(), [true], "nobody can tell which");
    assert_eq!(marks.seen(&invented(same + 1), &shown, day("2026-11-22")).await.unwrap(), [false]);
    // Under another key they are two again.
    let other = hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]);
    assert_ne!(person_of(&other, &invented(0)), person_of(&other, &invented(same)));
}

#[test]
fn numbers_fall_evenly_into_one_of_262_144() {
    const NUMBERS: u32 = 200_000;
    let hmac = hmac::Key::new(hmac::HMAC_SHA256, &FIXED_KEY);
    let all: std::collections::HashSet<u32> = (0..NUMBERS).map(|index| person_of(&hmac, &invented(index))).collect();
    assert!(all.iter().all(|person| *person < 1 << PERSON_BITS));
    // So many are met by chance: 2^18 (1 - e^(-200000 / 2^18)) = 139,906, give or take some 260.
    assert!((139_000..140_900).contains(&all.len()), "{}", all.len());
}

/// How many rows lie in the file behind one of the same person.
fn neighbours(directory: &Path, people: usize, items: &[ShownPolicy]) -> usize {
    let key = std::fs::read(&keys(directory)[0]).unwrap();
    let hmac = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let file = std::fs::read(directory.join(crate::store::DATABASE_FILE)).unwrap();
    let mut places = Vec::new();
    for person in 0..people {
        let bits = person_of(&hmac, &Secret::new(format!("person {person}")));
        for item in items {
            let mark = mark_of(&hmac, bits, item);
            places.push((file.windows(MARK_BYTES).position(|window| window == mark).unwrap(), person));
        }
    }
    places.sort_unstable();
    places.windows(2).filter(|pair| pair[0].1 == pair[1].1).count()
}

#[tokio::test]
async fn rows_that_came_together_do_not_stay_together() {
    const PEOPLE: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    let shown = items(30);
    for person in 0..PEOPLE {
        mark(&marks, &format!("person {person}"), &shown, "2026-11-22").await;
    }
    marks.store.close().await.unwrap();
    let together = neighbours(folder.path(), PEOPLE, &shown);
    let marks = open(folder.path(), 90);
    marks.expire(day("2026-11-22")).await.unwrap();
    marks.store.close().await.unwrap();
    let apart = neighbours(folder.path(), PEOPLE, &shown);
    // By chance 30 of the 600 do; 60 is more than five standard deviations away.
    assert!(together > 100 && apart < 60, "{together} before, {apart} after");
}

#[tokio::test]
async fn switched_off_nothing_is_written_and_what_was_there_goes() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    mark(&marks, NUMBER, &items(3), "2026-11-22").await;
    let off = Marks::new(marks.store.clone(), folder.path(), 0);
    assert_eq!(seen(&off, NUMBER, &items(3), "2026-11-22").await, [false; 3]);
    assert_eq!(off.mark(&Secret::from(NUMBER), &items(3), day("2026-11-22")).await.unwrap(), Marked::LeftOut);
    assert_eq!(off.expire(day("2026-11-22")).await.unwrap(), Expired { keys: 1, periods: 1 });
    assert_eq!((keys(folder.path()).len(), rows(folder.path())), (0, (0, 0)));
    let nobody = marks.mark(&Secret::default(), &items(3), day("2026-11-22")).await.unwrap();
    assert_eq!(nobody, Marked::LeftOut, "who answered without a card has no number");
}

#[tokio::test]
async fn a_clock_that_jumps_keeps_no_mark_longer() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    let shown = items(2);
    // Years ahead by mistake: what is marked there is over as soon as the clock is right again.
    mark(&marks, NUMBER, &shown, "2061-05-05").await;
    assert_eq!(seen(&marks, NUMBER, &shown, "2026-11-22").await, [false; 2]);
    assert_eq!(marks.expire(day("2026-11-22")).await.unwrap(), Expired { keys: 1, periods: 1 });
    mark(&marks, NUMBER, &shown, "2026-11-22").await;
    // Back by years: a period of the future is no measure of time.
    assert_eq!(seen(&marks, NUMBER, &shown, "1970-01-01").await, [false; 2]);
    assert_eq!(marks.expire(day("1970-01-01")).await.unwrap(), Expired { keys: 1, periods: 1 });
    for strange in [Day { year: 0, month: 1, day: 1 }, Day { year: u16::MAX, month: 12, day: 31 }] {
        marks.mark(&Secret::from(NUMBER), &shown, strange).await.unwrap();
        assert_eq!(marks.seen(&Secret::from(NUMBER), &shown, strange).await.unwrap(), [true; 2]);
    }
    marks.expire(day("2026-11-22")).await.unwrap();
    assert_eq!((keys(folder.path()).len(), rows(folder.path())), (0, (0, 0)));
}

#[test]
fn no_day_finds_a_mark_that_is_older_than_promised() {
    for marks_days in [1, 2, 3, 7, 29, 30, 90, 91, MOST_MARKS_DAYS, u16::MAX] {
        let promised = i32::from(marks_days.min(MOST_MARKS_DAYS));
        for made in 20_000..20_070 {
            let period = Span { today: made, marks_days: promised }.period();
            assert!(period <= made && Span::new(Day::from_number(made).unwrap(), marks_days).is_live(period));
            let last =
                (0..400).filter(|later| Span { today: made + later, marks_days: promised }.is_live(period)).max();
            let last = last.unwrap();
            assert!(last < promised && last >= promised - promised / 3 - 1, "{marks_days}: {last}");
        }
    }
}

#[tokio::test]
async fn a_midnight_that_comes_twice_ends_no_period() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    let first = Day::from_number(20_790 / 30 * 30).unwrap();
    let before = first.plus_days(-1).unwrap();
    marks.mark(&Secret::from(NUMBER), &items(1), first).await.unwrap();
    marks.expire(before).await.unwrap();
    assert_eq!(marks.seen(&Secret::from(NUMBER), &items(1), before).await.unwrap(), [true]);
}

#[tokio::test]
async fn exposed_and_missing_keys_are_told_and_disturb_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    mark(&marks, NUMBER, &items(1), "2026-11-22").await;
    let key = keys(folder.path()).remove(0);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = marks.seen(&Secret::from(NUMBER), &items(1), day("2026-11-22")).await.unwrap_err();
    assert_eq!(error.fault_code(), FaultCode::MarksUnavailable);
    assert!(!format!("{error:?} {}", error.fault()).contains(NUMBER));
    assert!(marks.mark(&Secret::from(NUMBER), &items(1), day("2026-11-22")).await.is_err());
    // The database goes on, and the key can still be deleted.
    marks.store.settle("k", "done", WallTime(1)).await.unwrap();
    assert_eq!(marks.expire(day("2030-01-01")).await.unwrap(), Expired { keys: 1, periods: 1 });
    // A damaged key tells nothing and makes room for another.
    mark(&marks, NUMBER, &items(1), "2026-11-22").await;
    std::fs::write(&key, [0; 32]).unwrap();
    assert_eq!(seen(&marks, NUMBER, &items(1), "2026-11-22").await, [false]);
    mark(&marks, NUMBER, &items(1), "2026-11-22").await;
    assert_eq!(seen(&marks, NUMBER, &items(1), "2026-11-22").await, [true]);
    assert!(marks.seen(&Secret::from(NUMBER), &items(MOST_ITEMS + 1), day("2026-11-22")).await.is_err());
}

#[tokio::test]
async fn a_deleted_key_is_overwritten_first() {
    let folder = tempfile::tempdir().unwrap();
    let marks = open(folder.path(), 90);
    mark(&marks, NUMBER, &items(1), "2026-11-22").await;
    let key = keys(folder.path()).remove(0);
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    // A second name for the same bytes on the disk.
    std::fs::hard_link(&key, folder.path().join("copy")).unwrap();
    marks.expire(day("2030-01-01")).await.unwrap();
    assert_eq!(std::fs::read(folder.path().join("copy")).unwrap(), [0; 32]);
}

#[test]
fn the_oldest_period_goes_first_when_there_is_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let database = Connection::open_in_memory().unwrap();
    crate::store::schema::migrate(&database, crate::store::schema::Found::Empty).unwrap();
    let span = Span::new(day("2026-11-22"), 90);
    let present = span.period();
    for (period, marks) in [(present - 60, 400_000), (present - 30, 400_000), (present, 200_000)] {
        keys::get_or_make(folder.path(), period).unwrap();
        database.execute("INSERT INTO mark_period (period, marks) VALUES (?1, ?2)", [period, marks]).unwrap();
    }
    let left = || rows::periods(&database).unwrap().iter().map(|row| row.period).collect::<Vec<_>>();
    assert!(make_room(&database, folder.path(), span, 0).unwrap());
    assert_eq!(left().len(), 3);
    assert!(make_room(&database, folder.path(), span, 1).unwrap());
    assert_eq!(left(), [present - 30, present]);
    assert_eq!(keys::periods(folder.path()).unwrap(), [present - 30, present]);
    // The present period alone is full: nothing is marked, nothing is lost.
    database.execute("UPDATE mark_period SET marks = 1000000 WHERE period = ?1", [present]).unwrap();
    assert!(!make_room(&database, folder.path(), span, 1).unwrap());
    assert_eq!(left(), [present]);
}

#[test]
fn the_tables_hold_marks_and_nothing_else() {
    let database = Connection::open_in_memory().unwrap();
    crate::store::schema::migrate(&database, crate::store::schema::Found::Empty).unwrap();
    let mut marks = [[3; MARK_BYTES], [1; MARK_BYTES], [3; MARK_BYTES]];
    rows::insert(&database, 30, &mut marks).unwrap();
    rows::insert(&database, 30, &mut marks).unwrap();
    assert_eq!(rows::periods(&database).unwrap(), [rows::Period { period: 30, marks: 2, arranged: 0 }]);
    rows::arrange(&database, 30).unwrap();
    assert_eq!(rows::periods(&database).unwrap(), [rows::Period { period: 30, marks: 2, arranged: 2 }]);
    assert!(
        rows::has(&database, 30, &[3; MARK_BYTES]).unwrap() && !rows::has(&database, 31, &[3; MARK_BYTES]).unwrap()
    );
    assert!(database.execute("INSERT INTO mark VALUES (1, x'00')", []).is_err(), "no other length");
    assert!(database.query_row("SELECT rowid FROM mark", [], |_| Ok(())).is_err(), "rows have no number");
    assert!(!rows::shrink(&database, 30, 1).unwrap() && !rows::shrink(&database, 30, 1).unwrap());
    assert!(rows::shrink(&database, 30, 1).unwrap());
    assert_eq!(rows::periods(&database).unwrap(), []);
}
