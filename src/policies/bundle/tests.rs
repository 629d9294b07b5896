// SPDX-License-Identifier: GPL-3.0-only
//! Bundles from outside: what is whole is read, anything else is refused.

use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::domain::time::WallTime;

/// 2026-11-22 15:00 UTC.
const MADE: WallTime = WallTime(1_795_359_600);

fn key(number: u8) -> PrivateKey {
    PrivateKey::from_seed(Zeroizing::new([number; 32])).unwrap()
}

fn manifest() -> Manifest {
    Manifest {
        pack: "national-example".to_owned(),
        sequence: 7,
        made: MADE,
        effective: Some(WallTime(MADE.0 + 3600)),
        digest: [0; 32],
        tool: "doorstep 0.1.0".to_owned(),
    }
}

fn approver(name: &str, number: u8) -> Approver {
    Approver { name: name.to_owned(), key: key(number).public() }
}

/// Two of three must sign.
fn rules() -> Rules {
    let approvers = vec![approver("Chen", 1), approver("Li", 2), approver("Wang", 3)];
    Rules { pack: "national-example".to_owned(), approvers, approvals: 2 }
}

fn signed(content: &[u8], keys: &[u8]) -> Vec<u8> {
    keys.iter().fold(Bundle::build(&manifest(), content).unwrap(), |bytes, number| {
        Bundle::decode(&bytes).unwrap().signed_with(&key(*number)).unwrap()
    })
}

/// The same bytes with the sum that belongs to them, as somebody who wants to deceive would send them.
fn summed_again(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(bytes.len() - DIGEST_BYTES);
    let sum = sha256(&bytes);
    bytes.extend_from_slice(&sum);
    bytes
}

#[test]
fn a_bundle_is_written_as_the_document_says() {
    let bytes = signed(b"content", &[1, 2]);
    let bundle = Bundle::decode(&bytes).unwrap();
    assert_eq!(bundle.manifest(), &Manifest { digest: sha256(b"content"), ..manifest() });
    assert_eq!((bundle.content(), bundle.signatures().len()), (b"content".as_slice(), 2));
    assert_eq!(bundle.encode(), bytes);
    assert_eq!(&bytes[..12], b"\x8ADSPB\r\n\x1A\0\x01\0\x02");
    let written = std::str::from_utf8(bundle.written).unwrap();
    assert_eq!(
        written,
        "{\"pack\":\"national-example\",\"sequence\":7,\"made\":\"2026-11-22T15:00:00Z\",\
         \"effective\":\"2026-11-22T16:00:00Z\",\
         \"sha256\":\"ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73\",\"tool\":\"doorstep 0.1.0\"}"
    );
    assert_eq!(bundle.signed(), [b"doorstep policy bundle\n\0\x01".as_slice(), written.as_bytes()].concat());
}

/// RFC 8032, section 7.1, test 1: the seed and its public key.
#[test]
fn keys_are_those_of_the_standard() {
    let seed = manifest::from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
    let key = PrivateKey::from_seed(Zeroizing::new(seed)).unwrap();
    let public = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    assert_eq!(key.public().to_string(), public);
    assert_eq!(PublicKey::parse(public).unwrap(), key.public());
    let of_nothing = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b\
                      d25bf5f0595bbe24655141438e7a100b";
    assert_eq!(manifest::to_hex(&key.sign(b"")), of_nothing);
    assert!(key.public().signed(b"", &manifest::from_hex(of_nothing).unwrap()));
    assert!(!key.public().signed(b"x", &manifest::from_hex(of_nothing).unwrap()));
}

#[test]
fn two_different_approvers_must_have_signed() {
    let rules = rules();
    let names = |keys: &[u8]| {
        let bytes = signed(b"x", keys);
        let bundle = Bundle::decode(&bytes).unwrap();
        rules.signers(&bundle).map(|signers| signers.iter().map(|signer| signer.name.clone()).collect::<Vec<_>>())
    };
    assert_eq!(names(&[1, 3]).unwrap(), ["Chen", "Wang"]);
    assert_eq!(names(&[9, 2, 1]).unwrap(), ["Li", "Chen"], "a stranger's signature neither counts nor harms");
    assert_eq!(names(&[]).unwrap_err(), SignatureFault::Unsigned);
    let few = |found, strangers| SignatureFault::TooFew { found, needed: 2, strangers };
    assert_eq!(names(&[1]).unwrap_err(), few(1, 0));
    assert_eq!(names(&[1, 1, 1]).unwrap_err(), few(1, 0), "the same key counts once");
    assert_eq!(names(&[1, 8, 9]).unwrap_err(), few(1, 2));
    let one = Rules { approvals: 0, ..rules.clone() };
    let bytes = signed(b"x", &[9]);
    assert_eq!(
        one.signers(&Bundle::decode(&bytes).unwrap()).unwrap_err(),
        SignatureFault::TooFew { found: 0, needed: 1, strangers: 1 },
        "never fewer than one"
    );
}

#[test]
fn a_signature_of_another_bundle_is_wrong() {
    let (bytes, other) = (signed(b"one", &[1, 2]), signed(b"two", &[1, 2, 3]));
    let (bundle, other) = (Bundle::decode(&bytes).unwrap(), Bundle::decode(&other).unwrap());
    let moved = encode(bundle.written, bundle.content, other.signatures());
    let moved = Bundle::decode(&moved).unwrap();
    assert_eq!(rules().signers(&moved).unwrap_err(), SignatureFault::Wrong(key(1).public().id()));
    // Two good ones do not help beside a wrong one.
    let mut signatures = bundle.signatures().to_vec();
    signatures.push(other.signatures()[2]);
    let mixed = encode(bundle.written, bundle.content, &signatures);
    let mixed = Bundle::decode(&mixed).unwrap();
    assert_eq!(rules().signers(&mixed).unwrap_err(), SignatureFault::Wrong(key(3).public().id()));
}

#[test]
fn the_identity_is_what_it_says_not_who_signed() {
    let (one, two, other) = (signed(b"x", &[1]), signed(b"x", &[2, 3]), signed(b"y", &[1]));
    let identity = |bytes: &[u8]| Bundle::decode(bytes).unwrap().identity();
    assert_eq!(identity(&one), identity(&two));
    assert_ne!(identity(&one), identity(&other));
}

/// Reads and judges; `Ok` is what would go live.
fn accepted(bytes: &[u8]) -> bool {
    Bundle::decode(bytes).is_ok_and(|bundle| rules().signers(&bundle).is_ok())
}

#[test]
fn no_flipped_bit_is_accepted_with_or_without_the_right_sum() {
    let bytes = signed(b"a small pack", &[1, 2]);
    assert!(accepted(&bytes));
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << bit;
            assert!(!accepted(&flipped), "byte {place}, bit {bit}");
            if place < bytes.len() - DIGEST_BYTES {
                assert!(!accepted(&summed_again(flipped)), "byte {place}, bit {bit}, summed again");
            }
        }
    }
}

#[test]
fn what_is_cut_or_goes_on_is_refused_as_such() {
    let bytes = signed(b"a small pack", &[1, 2]);
    for length in 0..bytes.len() {
        let error = Bundle::decode(&bytes[..length]).unwrap_err();
        assert!(matches!(error, DecodeError::Truncated { found, .. } if found == length), "{length}: {error}");
    }
    for tail in [&b"\0"[..], b"\n", &bytes] {
        assert!(matches!(Bundle::decode(&[&bytes, tail].concat()), Err(DecodeError::Trailing)));
    }
    assert!(matches!(Bundle::decode(b"PK\x03\x04"), Err(DecodeError::NotABundle)));
    assert!(matches!(Bundle::decode(b"<html><body>login</body></html>"), Err(DecodeError::NotABundle)));
    let mut damaged = bytes.clone();
    damaged[40] ^= 1;
    assert!(matches!(Bundle::decode(&damaged), Err(DecodeError::Damaged)));
}

#[test]
fn lengths_beyond_the_bounds_cost_nothing() {
    let head = |format: u16, signatures: u16, manifest: u32, content: u32| {
        let lengths = [&format.to_be_bytes()[..], &signatures.to_be_bytes(), &manifest.to_be_bytes()].concat();
        [MAGIC.as_slice(), &lengths, &content.to_be_bytes()].concat()
    };
    let error = |bytes: Vec<u8>| Bundle::decode(&bytes).unwrap_err();
    assert!(matches!(error(head(2, 0, 0, 0)), DecodeError::NewerFormat { found: 2 }));
    assert!(matches!(error(head(0, 0, 0, 0)), DecodeError::Damaged));
    for (signatures, manifest, content) in [(17, 0, 0), (0, 4097, 0), (0, 0, u32::MAX), (u16::MAX, u32::MAX, 0)] {
        assert!(matches!(error(head(1, signatures, manifest, content)), DecodeError::TooLarge { .. }));
    }
    let full = signed(b"", &[1; MOST_SIGNATURES]);
    let bundle = Bundle::decode(&full).unwrap();
    assert!(matches!(bundle.signed_with(&key(2)), Err(DecodeError::TooLarge { .. })));
}

#[test]
fn a_manifest_is_written_in_one_way() {
    let good = Manifest { digest: sha256(b""), ..manifest() };
    let text = String::from_utf8(good.encode().unwrap()).unwrap();
    assert_eq!(Manifest::decode(text.as_bytes()).unwrap(), good);
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        Manifest::decode(text.replace(from, to).as_bytes()).unwrap_err()
    };
    assert!(matches!(changed("\"sequence\":7", "\"sequence\": 7"), ManifestError::NotCanonical));
    assert!(matches!(changed("T15:00:00Z", "T23:00:00+08:00"), ManifestError::NotCanonical));
    assert!(matches!(changed("T15:00:00Z", "T15:00:00.5Z"), ManifestError::Time("made")));
    assert!(matches!(changed("2026-11-22T15", "1999-11-22T15"), ManifestError::Time("made")));
    assert!(matches!(changed("2026-11-22T16", "2200-11-22T16"), ManifestError::Time("effective")));
    assert!(matches!(changed("\"sequence\":7", "\"sequence\":0"), ManifestError::Sequence));
    assert!(matches!(changed("\"sequence\":7", "\"sequence\":9007199254740992"), ManifestError::Sequence));
    assert!(matches!(changed("\"sequence\":7", "\"sequence\":-7"), ManifestError::Json(_)));
    assert!(matches!(changed("national", "National"), ManifestError::PackKey));
    assert!(matches!(changed("national", "../etc/n"), ManifestError::PackKey));
    assert!(matches!(changed("e3b0c442", "E3B0C442"), ManifestError::Digest));
    assert!(matches!(changed("doorstep 0.1.0", "door\\nstep"), ManifestError::Tool));
    assert!(matches!(changed("\"tool\"", "\"more\":1,\"tool\""), ManifestError::Json(_)));
    let at_once = Manifest { effective: None, ..good };
    assert_eq!(Manifest::decode(&at_once.encode().unwrap()).unwrap(), at_once);
}

#[test]
fn a_private_key_is_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chen.key");
    let key = PrivateKey::generate().unwrap();
    key.write_new(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(PrivateKey::read(&path).unwrap().public(), key.public());
    assert!(key.write_new(&path).is_err(), "never over another key");
    assert!(!format!("{key:?}").contains(&manifest::to_hex(&[0; 4])) && format!("{key:?}").len() < 50);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(PrivateKey::read(&path), Err(KeyError::Exposed(_))));
    let write = |text: &[u8]| {
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    for bad in [&b""[..], b"doorstep policy private key, ed25519\nxyz\n", b"\xFF\xFE", &[b'0'; 5000]] {
        write(bad);
        assert!(matches!(PrivateKey::read(&path), Err(KeyError::NotPrivate(_))));
    }
    assert!(matches!(PrivateKey::read(folder.path()), Err(KeyError::NotPrivate(_))));
    assert!(matches!(PrivateKey::read(&folder.path().join("none")), Err(KeyError::File { .. })));
}

#[test]
fn made_up_public_keys_are_refused() {
    for bad in ["", "ed25519:", "rsa:00", "ed25519:xyz", &format!("ed25519:{}", "AB".repeat(32))] {
        assert!(matches!(PublicKey::parse(bad), Err(KeyError::NotPublic)), "{bad}");
    }
    for bad in ["00".repeat(32), format!("01{}", "00".repeat(31)), "ab".repeat(32)] {
        assert!(matches!(PublicKey::parse(&format!("ed25519:{bad}")), Err(KeyError::MadeUp)), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_content_comes_back(
        content in proptest::collection::vec(any::<u8>(), 0..2000),
        sequence in 1_u64..=LARGEST_SEQUENCE,
        seconds in 946_684_800_i64..7_258_118_400,
        effective in proptest::option::of(946_684_800_i64..7_258_118_400),
    ) {
        let manifest = Manifest { sequence, made: WallTime(seconds), effective: effective.map(WallTime), ..manifest() };
        let bytes = Bundle::build(&manifest, &content).unwrap();
        let bundle = Bundle::decode(&bytes).unwrap();
        prop_assert_eq!(bundle.manifest(), &Manifest { digest: sha256(&content), ..manifest });
        prop_assert_eq!(bundle.content(), &content[..]);
        prop_assert_eq!(bundle.encode(), bytes);
    }

    #[test]
    fn several_changes_are_never_accepted(
        content in proptest::collection::vec(any::<u8>(), 0..300),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..5),
        sums in any::<bool>(),
    ) {
        let bytes = signed(&content, &[2, 3]);
        let mut changed = bytes.clone();
        for (place, by) in &changes {
            let place = place.index(changed.len() - DIGEST_BYTES);
            changed[place] ^= by;
        }
        prop_assume!(changed != bytes);
        let changed = if sums { summed_again(changed) } else { changed };
        prop_assert!(!accepted(&changed));
    }

    #[test]
    fn any_bytes_are_read_without_failing(bytes in proptest::collection::vec(any::<u8>(), 0..300), headed in any::<bool>()) {
        let bytes = if headed { [MAGIC.as_slice(), b"\0\x01\0\0\0\0\0", &bytes].concat() } else { bytes };
        prop_assert!(!accepted(&bytes));
        prop_assert!(!accepted(&summed_again([&bytes, &[0; 32][..]].concat())));
    }
}
