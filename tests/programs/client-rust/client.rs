//! A thread for each direction.
use std::env;
use std::fmt::Display;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::exit;
use std::sync::mpsc;
use std::thread;

fn fail(why: impl Display) -> ! {
    eprintln!("client: {}", why);
    exit(1);
}

fn send_input(mut server: TcpStream) -> io::Result<u64> {
    let mut input = io::stdin();
    let mut buffer = [0u8; 4096];
    let mut sent = 0;
    loop {
        let count = input.read(&mut buffer)?;
        if count == 0 {
            return Ok(sent);
        }
        server.write_all(&buffer[..count])?;
        sent += count as u64;
    }
}

fn receive(server: &mut TcpStream) -> io::Result<u64> {
    let mut output = io::stdout();
    let mut buffer = [0u8; 4096];
    let mut received = 0;
    loop {
        let count = server.read(&mut buffer)?;
        if count == 0 {
            output.flush()?;
            return Ok(received);
        }
        output.write_all(&buffer[..count])?;
        received += count as u64;
    }
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    if arguments.len() != 3 {
        fail("usage: client HOST PORT");
    }
    let mut server = TcpStream::connect(format!("{}:{}", arguments[1], arguments[2])).unwrap_or_else(|e| fail(e));
    let out = server.try_clone().unwrap_or_else(|e| fail(e));
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let end = out.try_clone();
        let result = send_input(out);
        let _ = tell.send(result);
        if let Ok(end) = end {
            let _ = end.shutdown(Shutdown::Write);
        }
    });
    let received = receive(&mut server).unwrap_or_else(|e| fail(e));
    match told.try_recv() {
        Ok(Ok(sent)) if sent == received => {}
        Ok(Err(problem)) => fail(problem),
        _ => fail("the server closed early"),
    }
}
