use std::io::ErrorKind;
use std::net::UdpSocket;
use std::process::exit;
use std::time::{Duration, Instant};

fn fail(error: std::io::Error) -> ! {
    eprintln!("client: {error}");
    exit(1)
}

fn answered(server: &UdpSocket, ping: &[u8]) -> bool {
    let until = Instant::now() + Duration::from_secs(1);
    let mut bytes = [0u8; 2048];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        server.set_read_timeout(Some(left)).unwrap();
        match server.recv(&mut bytes) {
            Ok(count) if &bytes[..count] == ping => return true,
            Ok(_) => continue,
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => fail(error),
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let port: u16 = arguments[2].parse().unwrap();
    let server = UdpSocket::bind("0.0.0.0:0").unwrap_or_else(|error| fail(error));
    if let Err(error) = server.connect((arguments[1].as_str(), port)) {
        fail(error);
    }
    for number in 1..=3 {
        let ping = format!("ping {number}");
        let done = (0..3).any(|_| {
            if let Err(error) = server.send(ping.as_bytes()) {
                fail(error);
            }
            answered(&server, ping.as_bytes())
        });
        if !done {
            println!("{ping}: no answer");
            exit(1);
        }
        println!("{ping}: answered");
    }
}
