use std::net::TcpListener; use std::{io, env, thread};
fn main() -> io::Result<()> {
    let l = TcpListener::bind(format!("[::]:{}", env::args().nth(1).unwrap()))?;
    loop {
        let (mut s, _) = match l.accept() { Ok(x) => x, Err(_) => continue };
        thread::Builder::new().spawn(move || { let mut r = match s.try_clone() { Ok(r) => r, Err(_) => return }; let _ = io::copy(&mut r, &mut s); }).unwrap();
    }
}
