import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A thread for each client. */
public final class Server {
	private static void serve(Socket client) {
		try (client) {
			InputStream in = client.getInputStream();
			OutputStream out = client.getOutputStream();
			byte[] buffer = new byte[8192];
			int count;
			while ((count = in.read(buffer)) > 0) {
				out.write(buffer, 0, count);
			}
		} catch (IOException problem) {
			System.err.println("client lost: " + problem.getMessage());
		}
	}

	public static void main(String[] arguments) {
		if (arguments.length != 1) {
			System.err.println("usage: server PORT");
			System.exit(1);
		}
		try (ServerSocket listener = new ServerSocket()) {
			listener.setReuseAddress(true);
			listener.bind(new InetSocketAddress(Integer.parseInt(arguments[0])), 50);
			while (true) {
				Socket client = listener.accept();
				new Thread(() -> serve(client)).start();
			}
		} catch (IOException problem) {
			System.err.println("server: " + problem.getMessage());
			System.exit(1);
		}
	}
}
