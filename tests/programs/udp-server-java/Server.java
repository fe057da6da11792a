import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;

/** One packet object for all; its length is set back before each receive. */
public final class Server {
	public static void main(String[] arguments) {
		try (DatagramSocket server = new DatagramSocket(Integer.parseInt(arguments[0]))) {
			byte[] buffer = new byte[65536];
			while (true) {
				DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
				server.receive(packet);
				try {
					server.send(new DatagramPacket(buffer, packet.getLength(), packet.getSocketAddress()));
				} catch (IOException error) {
					System.err.println("server: " + error.getMessage());
				}
			}
		} catch (IOException error) {
			System.err.println("server: " + error.getMessage());
			System.exit(1);
		}
	}
}
