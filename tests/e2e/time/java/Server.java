import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

public class Server {
	private static void answer(Socket client) {
		try (client) {
			for (int asked; (asked = client.getInputStream().read()) >= 0;) {
				long before = System.nanoTime(), date = System.currentTimeMillis();
				Thread.sleep((asked - '0') * 1000L);
				long passed = (System.nanoTime() - before) / 1_000_000, days = System.currentTimeMillis() - date;
				boolean agree = Math.abs(passed - days) < 500;
				String said = agree ? "slept " + (passed + 10) / 1000 + "\n" : "the clocks differ\n";
				client.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
			}
		} catch (IOException | InterruptedException e) {
			// this client only
		}
	}

	public static void main(String[] arguments) throws IOException {
		try (ServerSocket listener = new ServerSocket(Integer.parseInt(arguments[0]))) {
			while (true) {
				Socket client = listener.accept();
				new Thread(() -> answer(client)).start();
			}
		}
	}
}
