import java.io.IOException;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;
public class Server {
    static void read(AsynchronousSocketChannel ch, ByteBuffer buf) {
        buf.clear();
        ch.read(buf, null, new CompletionHandler<Integer, Void>() {
            public void completed(Integer n, Void v) { if (n < 0) { close(ch); return; } buf.flip(); write(ch, buf); }
            public void failed(Throwable t, Void v) { close(ch); }
        });
    }
    static void write(AsynchronousSocketChannel ch, ByteBuffer buf) {
        ch.write(buf, null, new CompletionHandler<Integer, Void>() {
            public void completed(Integer n, Void v) { if (buf.hasRemaining()) write(ch, buf); else read(ch, buf); }
            public void failed(Throwable t, Void v) { close(ch); }
        });
    }
    static void close(Channel c) { try { c.close(); } catch (IOException e) { } }
    public static void main(String[] args) throws Exception {
        AsynchronousServerSocketChannel s = AsynchronousServerSocketChannel.open();
        try { s.setOption(StandardSocketOptions.SO_REUSEADDR, true); s.bind(new InetSocketAddress(Integer.parseInt(args[0])), 50); }
        catch (IOException e) { System.err.println("cannot bind: " + e.getMessage()); System.exit(1); }
        s.accept(null, new CompletionHandler<AsynchronousSocketChannel, Void>() {
            public void completed(AsynchronousSocketChannel ch, Void v) { s.accept(null, this); read(ch, ByteBuffer.allocate(4096)); }
            public void failed(Throwable t, Void v) { s.accept(null, this); }
        });
        Thread.currentThread().join();
    }
}
