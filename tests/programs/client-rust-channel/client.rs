// stdin in a thread that feeds a channel; one loop with a read time-out; a partial write is kept
use std::collections::VecDeque;
use std::env;
use std::error::Error;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{sync_channel, TryRecvError};
use std::thread;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let host = args.next().ok_or("host?")?;
    let port: u16 = args.next().ok_or("port?")?.parse()?;
    let mut last: Option<io::Error> = None;
    let mut conn: Option<TcpStream> = None;
    for a in (host.as_str(), port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&a, Duration::from_secs(5)) {
            Ok(s) => {
                conn = Some(s);
                break;
            }
            Err(e) => last = Some(e),
        }
    }
    let mut conn = conn.ok_or_else(|| last.unwrap())?;
    conn.set_read_timeout(Some(Duration::from_millis(50)))?;
    conn.set_write_timeout(Some(Duration::from_millis(50)))?;
    let (tx, rx) = sync_channel::<Vec<u8>>(16);
    thread::spawn(move || {
        let mut b = [0u8; 2048];
        let mut stdin = io::stdin();
        loop {
            match stdin.read(&mut b) {
                Ok(0) | Err(_) => return,
                Ok(n) => {
                    if tx.send(b[..n].to_vec()).is_err() {
                        return;
                    }
                }
            }
        }
    });
    let mut queue: VecDeque<u8> = VecDeque::new();
    let (mut eof, mut fin, mut sent, mut got) = (false, false, 0usize, 0usize);
    let mut b = [0u8; 4096];
    loop {
        while !eof && queue.len() < 8192 {
            match rx.try_recv() {
                Ok(v) => queue.extend(v),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => eof = true,
            }
        }
        if !queue.is_empty() {
            let n = match conn.write(queue.make_contiguous()) {
                Ok(n) => n,
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => 0,
                Err(e) => return Err(e.into()),
            };
            queue.drain(..n);
            sent += n;
        }
        if eof && queue.is_empty() && !fin {
            conn.shutdown(Shutdown::Write)?;
            fin = true;
        }
        match conn.read(&mut b) {
            Ok(0) => break,
            Ok(n) => {
                got += n;
                io::stdout().write_all(&b[..n])?;
            }
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {}
            Err(e) => return Err(e.into()),
        }
    }
    io::stdout().flush()?;
    if !fin || sent != got {
        return Err(format!("sent {sent}, received {got}").into());
    }
    Ok(())
}
