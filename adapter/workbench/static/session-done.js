// Tells the windows that wait for it that somebody is signed in again.

new BroadcastChannel("ecm-session").postMessage("signed-in");
