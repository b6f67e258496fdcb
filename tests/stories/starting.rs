//! Opening the help desk, and what stands in its way.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::Stdio;

use yunyiban::failure::Failure;
use yunyiban::{archive, build, cli};
use yunyiban_protocol::http::SignIn;
use yunyiban_protocol::{HallCard, Sensitive};

use super::tokens::audited;
use crate::support::TestHall;
use crate::support::hall::config_in;
use crate::support::http::Browser;
use crate::support::process::{self, Watched, serve};

#[tokio::test]
async fn a_port_in_use_is_named_with_its_setting() {
    let mut hall = TestHall::open().await;
    hall.close().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = hall.config.clone();
    config.server.listen = taken.local_addr().unwrap();
    let failure = build(config).await.err().unwrap();
    assert!(
        matches!(&failure, Failure::PortInUse { what: "server.listen", address } if *address == taken.local_addr().unwrap()),
        "{failure}"
    );
    assert!(failure.sentence().contains("server.listen"), "{}", failure.sentence());
}

#[tokio::test]
async fn a_media_port_in_use_is_named_with_its_setting() {
    let mut hall = TestHall::open().await;
    hall.close().await;
    // Sound comes over UDP and, where that is blocked, over TCP on the same number: either may be somebody else's.
    let taken_udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let taken_tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    for taken in [taken_udp.local_addr().unwrap(), taken_tcp.local_addr().unwrap()] {
        let mut config = hall.config.clone();
        config.media.listen = taken;
        let failure = build(config).await.err().unwrap();
        assert!(
            matches!(&failure, Failure::PortInUse { what: "media.listen", address } if *address == taken),
            "{failure}"
        );
    }
}

#[tokio::test]
async fn a_second_help_desk_on_the_same_database_does_not_open() {
    let hall = TestHall::open().await;
    let failure = build(hall.config.clone()).await.err().unwrap();
    assert!(matches!(failure, Failure::DatabaseLocked { .. }), "{failure}");
}

#[tokio::test]
async fn without_a_database_the_way_to_make_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let failure = build(config_in(folder.path())).await.err().unwrap();
    assert!(matches!(failure, Failure::DatabaseMissing { .. }), "{failure}");
    assert!(failure.sentence().contains("yunyiban init"), "{}", failure.sentence());
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_is_named() {
    let mut hall = TestHall::open().await;
    hall.close().await;
    let mut config = hall.config.clone();
    config.tls.certificate = hall.path("cert.pem");
    config.tls.key = hall.path("key.pem");
    std::fs::write(&config.tls.certificate, "not a certificate").unwrap();
    let failure = build(config).await.err().unwrap();
    assert!(matches!(failure, Failure::Certificate { .. }), "{failure}");
    assert!(failure.sentence().contains("cert.pem"), "{}", failure.sentence());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_in(folder.path());
    std::fs::create_dir_all(folder.path().join("data")).unwrap();
    std::fs::write(
        folder.path().join("data/yunyiban.db"),
        "li_nainai's shopping list, long enough to be read as a page".repeat(100),
    )
    .unwrap();
    let failure = build(config).await.err().unwrap();
    assert!(matches!(failure, Failure::Database { .. } | Failure::DatabaseDamaged { .. }), "{failure}");
}

#[tokio::test]
async fn the_demonstration_gives_one_time_passwords_until_own_ones_are_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let config = config_in(folder.path());
    let store = archive::create(&config.store.url).await.unwrap();
    let first = cli::demo::prepare(&store, &config).await.unwrap();
    let second = cli::demo::prepare(&store, &config).await.unwrap();
    assert_eq!((first.len(), second.len()), (2, 2));
    assert_ne!(first, second, "an unused one-time password is replaced");

    let account = store.account_by_name("chen").await.unwrap().unwrap();
    let own = account.password_hash.clone();
    assert!(store.choose_password(&account.hall, &account.member.id, &own, &own).await.unwrap());
    let third = cli::demo::prepare(&store, &config).await.unwrap();
    assert!(third[0].contains("staff reset --name chen"), "{}", third[0]);
    assert!(!third[1].contains("staff reset"), "{}", third[1]);

    let server = yunyiban::build_on(config, store).await.unwrap();
    let mut browser = Browser::new(server.local_addr());
    let card: HallCard = browser.get("/api/halls/xinqu").await.json();
    assert!(card.demo_notice.is_some_and(|notice| notice.contains("演示")));
    assert_eq!(card.name, "新区街道便民服务中心");
}

#[tokio::test]
async fn a_new_staff_member_signs_in_with_the_password_that_was_printed() {
    let mut hall = TestHall::open().await;
    let add = cli::staff::Add {
        hall: None,
        name: "zhao".into(),
        display_name: "赵老师".into(),
        badge: "0500".into(),
        administrator: false,
    };
    cli::staff::Staff::Add(add).run(&hall.config).await.unwrap();
    let reset = cli::staff::Staff::Reset(cli::staff::Reset { name: "nobody".into() });
    assert!(matches!(reset.run(&hall.config).await, Err(Failure::NoAccount { .. })));
    let store = archive::look(&hall.config.store.url).await.unwrap();
    let password = cli::staff::make_again(&store, "zhao", &hall.config).await.unwrap();
    drop(store);
    hall.restart().await;
    let mut browser = Browser::new(hall.address());
    let wrong = SignIn {
        name: "zhao".into(),
        password: Sensitive::new("guessed-by-nobody".into()),
    };
    assert_eq!(browser.post("/api/staff/sign-in", &wrong).await.code(), "sign_in_wrong");
    let right = SignIn {
        name: "zhao".into(),
        password,
    };
    assert_eq!(browser.post("/api/staff/sign-in", &right).await.status, 200);
    assert_eq!(browser.post("/api/staff/sign-in", &right).await.code(), "sign_in_wrong", "it works once");
    cli::staff::Staff::Disable(cli::staff::Disable { name: "zhao".into() })
        .run(&hall.config)
        .await
        .unwrap();
    for what in ["staff_added %", "staff_reset %", "staff_disabled %"] {
        assert!(audited(&hall, what).await > 0, "{what}");
    }
}

#[tokio::test]
async fn a_note_for_doctor_that_cannot_be_written_keeps_nobody_out() {
    let mut hall = TestHall::open().await;
    hall.close().await;
    let database = archive::sqlite_file(&hall.config.store.url).unwrap();
    let mut in_the_way = database.into_os_string();
    in_the_way.push(".open");
    std::fs::create_dir_all(std::path::Path::new(&in_the_way).join("full")).unwrap();
    let open = process::Process::serve(&hall.config, hall.folder.path());
    assert_eq!(Browser::new(open.address()).get("/healthz").await.status, 200);
    assert!(open.log().contains("the note for doctor"), "it is said");
    in_the_way.push(".new");
    assert!(!std::path::Path::new(&in_the_way).exists(), "nothing half written is left");
}

#[test]
fn lan_goes_with_the_demonstration_wherever_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["--demo", "serve", "--lan", "127.0.0.2"], ["serve", "--demo", "--lan", "127.0.0.2"]] {
        let mut open = process::in_folder(folder.path());
        open.args(arguments)
            .env("YUNYIBAN_SERVER__LISTEN", "127.0.0.1:0")
            .env("YUNYIBAN_MEDIA__LISTEN", "127.0.0.1:0");
        let mut open = open.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let said = open.stdout.take().unwrap();
        let _open = Watched::new(open);
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("Ctrl+C")), "{arguments:?}");
    }
    let refused = process::in_folder(folder.path()).args(["serve", "--lan", "127.0.0.2"]).output().unwrap();
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--demo"), "{refused:?}");
}

/// The end of a pipe that nobody reads any more, as `head` leaves it.
fn nobody_reads() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// The first address behind a word in what the program writes.
fn first_address(lines: impl Read, word: &str) -> SocketAddr {
    let mut lines = BufReader::new(lines).lines().map_while(Result::ok);
    let found = lines.find_map(|line| {
        let (_, after) = line.split_once(word)?;
        let address = after.split(|sign: char| sign == '"' || sign.is_whitespace()).next()?;
        address.parse().ok()
    });
    found.expect("the program tells where it is open")
}

#[tokio::test]
async fn a_help_desk_goes_on_when_nobody_reads_what_it_says() {
    let mut hall = TestHall::open().await;
    hall.close().await;
    hall.config.log.level = "trace".into();
    let mut unheard = serve(&hall.config, hall.folder.path());
    let mut unheard = unheard.stdout(nobody_reads()).stderr(Stdio::piped()).spawn().unwrap();
    let log = unheard.stderr.take().unwrap();
    let unheard = Watched::new(unheard);
    let address = tokio::task::spawn_blocking(move || first_address(log, "listen=")).await.unwrap();
    assert_eq!(Browser::new(address).get("/healthz").await.status, 200, "its log is let go by now, too");
    drop(unheard);

    let mut unlogged = serve(&hall.config, hall.folder.path());
    let mut unlogged = unlogged.stdout(Stdio::piped()).stderr(nobody_reads()).spawn().unwrap();
    let said = unlogged.stdout.take().unwrap();
    let _unlogged = Watched::new(unlogged);
    let address = tokio::task::spawn_blocking(move || first_address(said, "http://")).await.unwrap();
    assert_eq!(Browser::new(address).get("/healthz").await.status, 200);
}

#[tokio::test]
async fn a_page_lets_no_other_host_in() {
    let hall = TestHall::open().await;
    let answer = Browser::new(hall.address()).get("/h/xinqu").await;
    let policy = &answer.headers["content-security-policy"];
    assert!(policy.contains("default-src 'none'") || policy.contains("default-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("http"), "{policy}");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
}

#[tokio::test]
async fn the_rules_are_set_while_the_help_desk_is_closed_and_shown_at_any_time() {
    let mut hall = TestHall::open().await;
    hall.close().await;
    let folder = tempfile::tempdir().unwrap();
    let rules = |arguments: &[&str]| process::run(&hall.config, folder.path(), &[&["rules"], arguments].concat());
    for (change, name, known) in [
        (r#"windows=[{"window":"W1"}]"#, "「W1」", "：1、2"),
        (r#"windows=[{"window":"1","skills":[{"skill":"医保","level":1}]}]"#, "「医保」", "skills"),
        (r#"queues=[{"id":"a","name":"综合","groups":["没有的组"]}]"#, "「没有的组」", "社会"),
        (
            r#"skills=[{"skill":"医保","level":1,"items":["no-such-item"]}]"#,
            "「no-such-item」",
            "个",
        ),
    ] {
        let refused = rules(&["--set", change]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && said.contains(name) && said.contains(known),
            "{change}: {said}"
        );
    }
    let set = rules(&["--set", "timers.ring_ms=30000"]);
    assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
    let shown = rules(&[]);
    let said = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        said.contains("timers.ring_ms = 30000\n    窗口响铃多久（毫秒）。30000 毫秒 = 30 秒。默认 20000 毫秒 = 20 秒。"),
        "{said}"
    );
    let misspelt = String::from_utf8_lossy(&rules(&["--set", "timers.rings_ms=1"]).stderr).into_owned();
    assert!(misspelt.contains("最接近的是 timers.ring_ms"), "{misspelt}");

    // `yunyiban rules | head -1`
    let mut unread = process::command_with(&folder.path().join("yunyiban.toml"), folder.path());
    let unread = unread.arg("rules").stdout(nobody_reads()).output().unwrap();
    let said = String::from_utf8_lossy(&unread.stderr).into_owned();
    assert!(unread.status.success() && said.is_empty(), "{said}");
}
