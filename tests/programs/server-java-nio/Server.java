import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;

/** One loop with a selector, a buffer for each client. */
public final class Server {
	private static final class Client {
		final ByteBuffer buffer = ByteBuffer.allocate(16384);
		boolean ended;
	}

	private static void welcome(Selector selector, ServerSocketChannel listener) throws IOException {
		SocketChannel channel = listener.accept();
		if (channel == null) {
			return;
		}
		channel.configureBlocking(false);
		channel.register(selector, SelectionKey.OP_READ, new Client());
	}

	private static void serve(SelectionKey key) throws IOException {
		SocketChannel channel = (SocketChannel) key.channel();
		Client client = (Client) key.attachment();
		if (key.isReadable() && channel.read(client.buffer) < 0) {
			client.ended = true;
		}
		client.buffer.flip();
		channel.write(client.buffer);
		client.buffer.compact();
		boolean empty = client.buffer.position() == 0;
		if (client.ended && empty) {
			channel.close();
			return;
		}
		int interest = empty ? 0 : SelectionKey.OP_WRITE;
		if (!client.ended && client.buffer.hasRemaining()) {
			interest |= SelectionKey.OP_READ;
		}
		key.interestOps(interest);
	}

	private static void step(Selector selector, SelectionKey key) {
		try {
			if (key.isAcceptable()) {
				welcome(selector, (ServerSocketChannel) key.channel());
			} else {
				serve(key);
			}
		} catch (IOException problem) {
			if (key.channel() instanceof SocketChannel) {
				try {
					key.channel().close();
				} catch (IOException ignored) {
					// It is gone already.
				}
			}
		}
	}

	public static void main(String[] arguments) {
		if (arguments.length != 1) {
			System.err.println("usage: server PORT");
			System.exit(1);
		}
		try (Selector selector = Selector.open(); ServerSocketChannel listener = ServerSocketChannel.open()) {
			listener.socket().setReuseAddress(true);
			listener.bind(new InetSocketAddress(Integer.parseInt(arguments[0])), 100);
			listener.configureBlocking(false);
			listener.register(selector, SelectionKey.OP_ACCEPT);
			while (true) {
				selector.select();
				for (Iterator<SelectionKey> at = selector.selectedKeys().iterator(); at.hasNext();) {
					SelectionKey key = at.next();
					at.remove();
					if (key.isValid()) {
						step(selector, key);
					}
				}
			}
		} catch (IOException problem) {
			System.err.println("server: " + problem.getMessage());
			System.exit(1);
		}
	}
}
