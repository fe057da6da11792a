import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

public final class Client {
	private static boolean answered(DatagramSocket server, byte[] ping) throws IOException {
		long until = System.nanoTime() + 1_000_000_000L;
		while (true) {
			long left = (until - System.nanoTime()) / 1_000_000;
			if (left <= 0)
				return false;
			server.setSoTimeout((int) left);
			DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
			try {
				server.receive(packet);
			} catch (SocketTimeoutException late) {
				return false;
			}
			if (Arrays.equals(Arrays.copyOf(packet.getData(), packet.getLength()), ping))
				return true;
		}
	}

	public static void main(String[] arguments) {
		try (DatagramSocket server = new DatagramSocket()) {
			server.connect(new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1])));
			for (int number = 1; number <= 3; number++) {
				byte[] ping = ("ping " + number).getBytes(StandardCharsets.US_ASCII);
				boolean done = false;
				for (int attempt = 0; attempt < 3 && !done; attempt++) {
					server.send(new DatagramPacket(ping, ping.length));
					done = answered(server, ping);
				}
				System.out.println("ping " + number + (done ? ": answered" : ": no answer"));
				if (!done)
					System.exit(1);
			}
		} catch (IOException error) {
			System.err.println("client: " + error.getMessage());
			System.exit(1);
		}
	}
}
