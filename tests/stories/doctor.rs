//! What `doctor` finds at the ports while the help desk is open; [`machine`]: what it finds of the machine.

mod machine;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::process::Stdio;

use yunyiban::cli::doctor::media::look;
use yunyiban::cli::doctor::{Finding, HelpDesk};
use yunyiban::config::Config;

use crate::support::TestHall;
use crate::support::process::{self, Watched, demonstration};

/// Listens on one number over UDP and TCP.
fn port() -> (UdpSocket, TcpListener) {
    loop {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        // Somebody else may have the number over TCP.
        if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
}

/// The answer to a binding request: its type, its transaction, and one attribute.
fn answer(question: &[u8], kind: [u8; 2], name: &[u8; 8]) -> Vec<u8> {
    assert_eq!(
        (&question[..2], &question[4..8]),
        (&[0, 1][..], &[0x21, 0x12, 0xa4, 0x42][..]),
        "a binding request"
    );
    assert_eq!(usize::from(u16::from_be_bytes([question[2], question[3]])), question.len() - 20);
    [&kind, &[0, 12], &question[4..20], &[0x80, 0x22, 0, 8], name.as_slice()].concat()
}

/// Answers one question over each, as whoever has the port would.
fn answers((udp, tcp): (UdpSocket, TcpListener), kind: [u8; 2], name: &'static [u8; 8]) -> Config {
    let mut config = Config::default();
    config.media.listen = udp.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut question = [0; 512];
        let (length, from) = udp.recv_from(&mut question).unwrap();
        udp.send_to(&answer(&question[..length], kind, name), from).unwrap();
        let (mut stream, _) = tcp.accept().unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut question).unwrap();
        let answer = answer(&question, kind, name);
        let length = u16::try_from(answer.len()).unwrap();
        stream.write_all(&[&length.to_be_bytes(), answer.as_slice()].concat()).unwrap();
    });
    config
}

/// The text of what is wrong.
fn wrong(finding: &Finding) -> Option<&str> {
    match finding {
        Finding::Wrong(text) => Some(text),
        Finding::Fine(_) => None,
    }
}

#[tokio::test]
async fn an_open_relay_says_its_name_over_udp_and_tcp() {
    let config = answers(port(), [0x01, 0x11], b"yunyiban");
    let found = look(&config, HelpDesk::Open).await;
    assert!(found.len() == 2 && found.iter().all(|finding| wrong(finding).is_none()), "{found:?}");
}

#[tokio::test]
async fn another_program_on_the_media_port_is_not_taken_for_the_relay() {
    for (kind, name) in [([0x01, 0x01], b"yunyiban"), ([0x01, 0x11], b"strange!")] {
        let config = answers(port(), kind, name);
        let found = look(&config, HelpDesk::Open).await;
        assert_eq!(found.len(), 2);
        for finding in &found {
            assert!(wrong(finding).is_some_and(|text| text.contains("不是云易办")), "{finding:?}");
        }
    }
}

#[tokio::test]
async fn a_silent_media_port_is_told_with_what_mends_it() {
    let (udp, tcp) = port();
    let mut config = Config::default();
    config.media.listen = udp.local_addr().unwrap();
    drop(tcp);
    let found = look(&config, HelpDesk::Open).await;
    assert_eq!(found.len(), 2);
    for finding in &found {
        let text = wrong(finding).expect("nobody answers");
        let hint = format!("放行端口 {}", config.media.listen.port());
        assert!(text.contains(&hint) && text.contains("media.listen"), "{text}");
    }
}

/// What `doctor` says of the ports, a line a finding.
fn about_ports(said: &[u8]) -> Vec<String> {
    let said = String::from_utf8_lossy(said).into_owned();
    let about = |line: &&str| line.contains("网页端口") || line.contains("声音画面") || line.contains("证书");
    said.lines().filter(about).map(str::to_owned).collect()
}

#[test]
fn the_demonstration_on_the_local_network_is_found_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut open = demonstration(folder.path(), "serve");
    open.args(["--lan", "127.0.0.2"])
        .env("YUNYIBAN_SERVER__LISTEN", "127.0.0.1:0")
        .env("YUNYIBAN_MEDIA__LISTEN", "127.0.0.1:0");
    let mut open = open.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = open.stdout.take().unwrap();
    let open = Watched::new(open);
    let mut lines = BufReader::new(said).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("Ctrl+C")), "it opens");

    let looked = demonstration(folder.path(), "doctor").output().unwrap();
    let found = about_ports(&looked.stdout);
    assert!(found.len() == 4 && found.iter().all(|line| line.starts_with('✓')), "{found:?}");
    assert!(found[1..].iter().all(|line| line.contains("127.0.0.2:")), "{found:?}");
    drop(open);

    let looked = demonstration(folder.path(), "doctor").output().unwrap();
    assert!(
        !String::from_utf8_lossy(&looked.stdout).contains("127.0.0.2"),
        "nobody is there any more: {looked:?}"
    );
}

#[tokio::test]
async fn a_help_desk_that_runs_on_older_settings_is_found_by_those_and_it_is_said() {
    let mut hall = TestHall::open().await;
    hall.close().await;
    hall.start();
    let mut edited = hall.config.clone();
    edited.server.listen = "127.0.0.3:0".parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let looked = process::run(&edited, folder.path(), &["doctor"]);
    let said = String::from_utf8_lossy(&looked.stdout).into_owned();
    assert!(said.contains(&format!("网页端口：{} 有应答", hall.address())), "{said}");
    assert!(said.contains("重启") && said.contains("Ctrl+C"), "{said}");
}
