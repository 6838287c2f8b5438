/** Texts that no model here has seen: written for the tests, in the manner of what the models learnt from. @module */

/** What the small model goes on with. */
export const HELD_OUT_STORY =
  `Once upon a time, there was a little girl named Mia. She had a red kite with a long tail. One windy day, Mia took her kite to the park. She ran and ran, and the kite went up into the sky.

"Look, Mom!" said Mia. "My kite is as high as the birds!" Mom smiled and said, "Hold on to the string, Mia. The wind is strong today."

Then the wind pulled so hard that the string broke. The kite flew away and got stuck in a big tree. Mia was very sad and started to cry. A boy named Sam saw her. "Don't cry," he said. "I can help you." Sam was good at climbing. He climbed up the tree, took the kite, and gave it back to Mia.

"Thank you, Sam!" said Mia. She was so happy. They tied a new string to the kite and played with it together until the sun went down. From that day on, Mia and Sam were best friends.`;

/** What the model that comes along is asked, and answers. */
export const HELD_OUT_DIALOGUE = [
  {
    role: "user",
    content: "Hi, I would like to find a place to eat dinner tonight.",
  },
  {
    role: "assistant",
    content: "Sure. Which city are you in, and what kind of food do you like?",
  },
  { role: "user", content: "I am in San Jose, and I would like Mexican food." },
  {
    role: "assistant",
    content:
      "I found 7 restaurants. There is a nice place called Casa Lupe in San Jose. Would you like to go there?",
  },
  { role: "user", content: "What is the phone number? Is it expensive?" },
  {
    role: "assistant",
    content:
      "The phone number is 408-555-0142, and the prices are moderate. Do you want me to book a table?",
  },
  {
    role: "user",
    content: "Yes, please book a table for 3 people at 6:30 in the evening.",
  },
  {
    role: "assistant",
    content:
      "Please confirm: Booking a table for 3 people at Casa Lupe in San Jose at 6:30 pm today.",
  },
  { role: "user", content: "That is right. Thank you very much." },
  {
    role: "assistant",
    content:
      "Your reservation is made. Is there anything else I can help with?",
  },
  { role: "user", content: "No, that is all. Have a good day." },
  { role: "assistant", content: "Have a great day!" },
] as const;
