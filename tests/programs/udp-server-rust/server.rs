use std::net::UdpSocket;
use std::process::exit;

fn main() {
    let port: u16 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(0);
    let server = UdpSocket::bind(("0.0.0.0", port)).unwrap_or_else(|error| {
        eprintln!("server: {error}");
        exit(1)
    });
    let mut bytes = vec![0u8; 65536];
    loop {
        if let Ok((count, client)) = server.recv_from(&mut bytes) {
            if let Err(error) = server.send_to(&bytes[..count], client) {
                eprintln!("server: {error}");
            }
        }
    }
}
