import java.io.FileInputStream;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/** A thread for each direction. */
public final class Client {
	private static volatile boolean finished;
	private static volatile long sent;

	private static void fail(String why) {
		System.err.println("client: " + why);
		System.err.flush();
		Runtime.getRuntime().halt(1);
	}

	private static void sendInput(Socket server) {
		try {
			InputStream in = new FileInputStream(FileDescriptor.in);
			OutputStream out = server.getOutputStream();
			byte[] buffer = new byte[8192];
			int count;
			while ((count = in.read(buffer)) > 0) {
				out.write(buffer, 0, count);
				sent += count;
			}
			finished = true;
			server.shutdownOutput();
		} catch (IOException problem) {
			fail(problem.getMessage());
		}
	}

	public static void main(String[] arguments) {
		if (arguments.length != 2) {
			fail("usage: client HOST PORT");
		}
		try {
			Socket server = new Socket(arguments[0], Integer.parseInt(arguments[1]));
			Thread sender = new Thread(() -> sendInput(server));
			sender.setDaemon(true);
			sender.start();
			InputStream in = server.getInputStream();
			byte[] buffer = new byte[8192];
			long received = 0;
			int count;
			while ((count = in.read(buffer)) > 0) {
				System.out.write(buffer, 0, count);
				received += count;
			}
			System.out.flush();
			server.close();
			if (!finished || received != sent) {
				fail("the server closed early");
			}
		} catch (IOException problem) {
			fail(problem.getMessage());
		}
	}
}
