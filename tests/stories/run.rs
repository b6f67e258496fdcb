//! What `make run` prints, read as the person in front of the terminal reads it, and as the phone that is held before it does.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use rqrr::PreparedImage;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use yunyiban_protocol::Sensitive;
use yunyiban_protocol::http::{ChangePassword, SignIn, SignedIn};

use crate::support::http::Browser;
use crate::support::namespace::{Own, is_apart};
use crate::support::process::{Watched, in_folder, read_until};
use crate::support::staff::OWN_PASSWORD;

/// The address this machine has in a network of its own.
const OWN_ADDRESS: &str = "192.168.77.5";

#[tokio::test]
async fn make_run_prints_the_links_a_code_that_leads_there_and_a_password_for_once() {
    if !is_apart(
        "stories::run::make_run_prints_the_links_a_code_that_leads_there_and_a_password_for_once",
        Own::Network,
    ) {
        return;
    }
    ip(&["link", "set", "lo", "up"]);
    let folder = tempfile::tempdir().unwrap();
    let run = Run::begin(&[], folder.path());
    run.says("群众扫码，或打开：http://127.0.0.1:8080/h/xinqu");
    assert_eq!(run.code(), "http://127.0.0.1:8080/h/xinqu");
    run.says("这个网址和二维码只在这台电脑上打得开。用手机扫，请运行 make run LAN=1。");
    run.says("窗口人员打开：http://127.0.0.1:8080/staff");
    assert!(!run.lines.iter().any(|line| line.contains("证书")), "nothing to warn of: {:?}", run.lines);

    let server: SocketAddr = "127.0.0.1:8080".parse().unwrap();
    for page in ["/h/xinqu", "/staff"] {
        assert_eq!(Browser::new(server).get(page).await.status, 200, "{page}");
    }
    for (person, name) in [("陈老师", "chen"), ("王主任", "admin")] {
        let one_time = run.password(person, name);
        let mut browser = Browser::new(server);
        let signed_in: SignedIn = browser.post("/api/staff/sign-in", &wish(name, &one_time)).await.json();
        assert!(signed_in.must_change_password);
        let again = Browser::new(server).post("/api/staff/sign-in", &wish(name, &one_time)).await;
        assert_eq!(again.code(), "sign_in_wrong", "it works once");
        let early = browser.post("/api/staff/ticket", &serde_json::json!({})).await;
        assert_eq!(early.code(), "password_must_change", "it opens nothing but the choice of an own one");
        let change = ChangePassword {
            present: Sensitive::new(one_time),
            wanted: Sensitive::new(OWN_PASSWORD.into()),
        };
        assert_eq!(browser.post("/api/staff/password", &change).await.status, 200);
        let own: SignedIn = Browser::new(server).post("/api/staff/sign-in", &wish(name, OWN_PASSWORD)).await.json();
        assert!(!own.must_change_password);
    }
}

#[tokio::test]
async fn make_run_again_says_that_what_it_printed_before_is_no_more_and_how_to_get_another() {
    if !is_apart(
        "stories::run::make_run_again_says_that_what_it_printed_before_is_no_more_and_how_to_get_another",
        Own::Network,
    ) {
        return;
    }
    ip(&["link", "set", "lo", "up"]);
    let folder = tempfile::tempdir().unwrap();
    let first = Run::begin(&[], folder.path()).password("陈老师", "chen");
    let again = Run::begin(&[], folder.path());
    let second = again.password_after("陈老师：登录名 chen，新的一次性密码 ", "（以前印出来的不能用了，请用这一个；");
    let mut browser = Browser::new("127.0.0.1:8080".parse().unwrap());
    assert_eq!(browser.post("/api/staff/sign-in", &wish("chen", &first)).await.code(), "sign_in_wrong");
    assert_eq!(browser.post("/api/staff/sign-in", &wish("chen", &second)).await.status, 200);
    let change = ChangePassword {
        present: Sensitive::new(second),
        wanted: Sensitive::new(OWN_PASSWORD.into()),
    };
    assert_eq!(browser.post("/api/staff/password", &change).await.status, 200);
    drop(again);

    let third = Run::begin(&[], folder.path());
    let chosen = third
        .lines
        .iter()
        .find(|line| line.starts_with("陈老师：登录名 chen，密码已经自己换过"))
        .unwrap();
    let (_, command) = chosen.split_once("再运行 ").unwrap();
    let typed: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    drop(third);
    let told = in_folder(folder.path()).args(&typed[1..]).output().unwrap();
    assert!(String::from_utf8_lossy(&told.stdout).contains("chen 的新一次性密码："), "{told:?}");
}

#[tokio::test]
async fn make_run_lan_prints_this_machines_own_address_with_https_and_what_the_phone_will_say() {
    if !is_apart(
        "stories::run::make_run_lan_prints_this_machines_own_address_with_https_and_what_the_phone_will_say",
        Own::Network,
    ) {
        return;
    }
    ip(&["link", "set", "lo", "up"]);
    ip(&["address", "add", OWN_ADDRESS, "dev", "lo"]);
    ip(&["route", "add", "default", "dev", "lo", "src", OWN_ADDRESS]);
    let folder = tempfile::tempdir().unwrap();
    let run = Run::begin(&["LAN=1"], folder.path());
    let citizen = format!("https://{OWN_ADDRESS}:8080/h/xinqu");
    run.says(&format!("群众扫码，或打开：{citizen}"));
    assert_eq!(run.code(), citizen);
    run.says(&format!("窗口人员打开：https://{OWN_ADDRESS}:8080/staff"));
    run.says("这是自己做的证书。手机会提示「连接不安全」，请点「高级」→「继续访问」。只用于演示。");
    assert!(!run.password("陈老师", "chen").is_empty());
    let certificate = folder.path().join(format!("data/lan-{OWN_ADDRESS}.pem"));
    let page = over_https(&certificate, "/h/xinqu").await;
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("新区街道便民服务中心"), "{page}");
}

#[test]
fn make_run_lan_without_a_network_says_so() {
    if !is_apart("stories::run::make_run_lan_without_a_network_says_so", Own::Network) {
        return;
    }
    ip(&["link", "set", "lo", "up"]);
    let folder = tempfile::tempdir().unwrap();
    let refused = in_folder(folder.path()).args(words_of_make(&["LAN=1"])).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("LAN"), "{said}");
}

fn wish(name: &str, password: &str) -> SignIn {
    SignIn {
        name: name.into(),
        password: Sensitive::new(password.into()),
    }
}

fn ip(arguments: &[&str]) {
    let ended = Command::new("ip").args(arguments).output().unwrap();
    assert!(ended.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&ended.stderr));
}

/// What `make run` hands to the program, from make itself.
fn words_of_make(settings: &[&str]) -> Vec<String> {
    let mut make = Command::new("make");
    make.args(["--dry-run", "--no-print-directory", "run"]).args(settings);
    // The tests may themselves run under make, whose wishes are not meant for this one.
    for of_the_other in ["MAKEFLAGS", "MAKELEVEL", "MFLAGS", "LAN", "BUILT"] {
        make.env_remove(of_the_other);
    }
    let printed = make.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    let line = printed.lines().find_map(|line| line.strip_prefix("exec cargo run --bin yunyiban -- "));
    let line = line.unwrap_or_else(|| panic!("make run starts the program: {printed}"));
    line.split_whitespace().map(str::to_owned).collect()
}

/// The program as `make run` starts it, in a folder of its own, with what it printed until it said how to stop it.
struct Run {
    lines: Vec<String>,
    _program: Watched,
}

impl Run {
    fn begin(settings: &[&str], folder: &Path) -> Self {
        let mut command = in_folder(folder);
        command.args(words_of_make(settings)).stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let printed = program.stdout.take().unwrap();
        let program = Watched::new(program);
        let lines = read_until(printed, |line| line.contains("Ctrl+C"));
        let lines = lines.unwrap_or_else(|lines| panic!("it says how to stop it: {lines:?}"));
        Self { lines, _program: program }
    }

    #[track_caller]
    fn says(&self, wanted: &str) {
        assert!(self.lines.iter().any(|line| line == wanted), "{wanted}: {:?}", self.lines);
    }

    /// The one-time password printed for a person.
    fn password(&self, person: &str, name: &str) -> String {
        self.password_after(&format!("{person}：登录名 {name}，一次性密码 "), "（")
    }

    /// The word between the two.
    #[track_caller]
    fn password_after(&self, before: &str, behind: &str) -> String {
        let after = self.lines.iter().find_map(|line| line.strip_prefix(before));
        let (password, _) = after.and_then(|after| after.split_once(behind)).unwrap();
        password.to_owned()
    }

    /// What the printed code says to a phone.
    fn code(&self) -> String {
        let is_drawing = |line: &&String| line.chars().next().is_some_and(|sign| lit(sign).is_some());
        let rows: Vec<&String> = self.lines.iter().filter(is_drawing).collect();
        read_code(&rows)
    }
}

/// Whether the upper and the lower half of a cell shine; `None` for a sign that is no part of a drawing.
fn lit(sign: char) -> Option<[bool; 2]> {
    match sign {
        '█' => Some([true, true]),
        '▀' => Some([true, false]),
        '▄' => Some([false, true]),
        ' ' => Some([false, false]),
        _ => None,
    }
}

/// Photographs a dark terminal and reads the one code on it.
fn read_code(rows: &[&String]) -> String {
    /// Dots of the photograph to a half cell.
    const DOTS: usize = 6;
    /// Half cells of dark terminal around the drawing.
    const AROUND: usize = 8;
    /// Dots of light around a code that a phone may count on (ISO/IEC 18004, quiet zone).
    const QUIET: usize = 4;
    let halves: Vec<Vec<bool>> = rows
        .iter()
        .flat_map(|row| {
            let cells: Vec<_> = row.chars().map(|sign| lit(sign).unwrap()).collect();
            [0, 1].map(|half| cells.iter().map(|cell| cell[half]).collect())
        })
        .collect();
    let (across, down) = (halves[0].len(), halves.len());
    let is_edge = |place: usize| place < QUIET || (across - QUIET..across).contains(&place);
    let quiet = (0..across)
        .flat_map(|y| (0..across).map(move |x| (x, y)))
        .filter(|(x, y)| is_edge(*x) || is_edge(*y));
    assert!(quiet.into_iter().all(|(x, y)| halves[y][x]), "light all around it: {rows:?}");
    let is_lit = |x: usize, y: usize| {
        let (x, y) = ((x / DOTS).checked_sub(AROUND)?, (y / DOTS).checked_sub(AROUND)?);
        halves.get(y)?.get(x).copied()
    };
    let mut photograph = PreparedImage::prepare_from_greyscale((across + 2 * AROUND) * DOTS, (down + 2 * AROUND) * DOTS, |x, y| {
        if is_lit(x, y).unwrap_or(false) { 255 } else { 0 }
    });
    let codes = photograph.detect_grids();
    let [code] = &codes[..] else { panic!("one code: {rows:?}") };
    code.decode().unwrap().1
}

/// A page by HTTPS, trusting that certificate alone.
async fn over_https(certificate: &Path, path: &str) -> String {
    let mut trusted = RootCertStore::empty();
    trusted.add(CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(trusted).with_no_client_auth();
    let plain = TcpStream::connect((OWN_ADDRESS, 8080)).await.unwrap();
    let name = ServerName::try_from(OWN_ADDRESS).unwrap();
    let mut secure = TlsConnector::from(Arc::new(config)).connect(name, plain).await.unwrap();
    let asked = format!("GET {path} HTTP/1.1\r\nhost: {OWN_ADDRESS}:8080\r\nconnection: close\r\n\r\n");
    secure.write_all(asked.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    secure.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
