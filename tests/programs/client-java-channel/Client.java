import java.io.*;
import java.net.*;
import java.nio.*;
import java.nio.channels.*;
public class Client {
    static volatile long sent; static volatile boolean end;
    public static void main(String[] a) throws Exception {
        SocketChannel c;
        try { c = SocketChannel.open(new InetSocketAddress(a[0], Integer.parseInt(a[1]))); }
        catch (IOException e) { System.err.println(e); System.exit(1); return; }
        Thread t = new Thread(() -> {
            try {
                ReadableByteChannel in = Channels.newChannel(System.in);
                ByteBuffer b = ByteBuffer.allocate(2048);
                while (in.read(b) >= 0) { b.flip(); while (b.hasRemaining()) sent += c.write(b); b.clear(); }
                end = true; c.shutdownOutput();
            } catch (IOException e) { System.err.println(e); }
        });
        t.setDaemon(true); t.start();
        long got = 0; ByteBuffer b = ByteBuffer.allocate(2048);
        WritableByteChannel out = Channels.newChannel(new FileOutputStream(FileDescriptor.out));
        try { for (int n; (n = c.read(b)) >= 0; b.clear()) { b.flip(); got += n; while (b.hasRemaining()) out.write(b); } }
        catch (IOException e) { System.err.println(e); System.exit(1); }
        c.close();
        if (!end || got != sent) { System.err.println("closed early"); System.exit(1); }
        System.exit(0);
    }
}
