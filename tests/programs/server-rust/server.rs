//! A thread for each client.
use std::env;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::exit;
use std::thread;

fn serve(mut client: TcpStream) -> std::io::Result<()> {
    let mut buffer = [0u8; 4096];
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        client.write_all(&buffer[..count])?;
    }
}

fn main() {
    let port: u16 = match env::args().nth(1).and_then(|port| port.parse().ok()) {
        Some(port) => port,
        None => {
            eprintln!("usage: server PORT");
            exit(1);
        }
    };
    let listener = match TcpListener::bind(("0.0.0.0", port)) {
        Ok(listener) => listener,
        Err(problem) => {
            eprintln!("server: {}", problem);
            exit(1);
        }
    };
    for client in listener.incoming() {
        if let Ok(client) = client {
            thread::spawn(move || {
                if let Err(problem) = serve(client) {
                    eprintln!("client lost: {}", problem);
                }
            });
        }
    }
}
