/** A remark in several wordings, and what may be answered. */
export interface SmallTalk {
  /** What a user may say. */
  readonly remarks: readonly string[];
  /** What the model may answer. */
  readonly answers: readonly string[];
}

/** What begins a conversation. */
export const GREETING: SmallTalk = {
  remarks: [
    "Hi",
    "Hi!",
    "hi",
    "Hi there",
    "Hi there!",
    "Hello",
    "Hello!",
    "hello",
    "Hello there.",
    "Hey",
    "hey",
    "Hey!",
    "Hey there",
    "Good morning",
    "Good morning!",
    "Good afternoon.",
    "Good evening",
    "Hello, how are you?",
    "Hi, how are you today?",
    "How are you?",
    "how are you",
    "Hello, can you help me?",
    "I need some help.",
    "Can you help me?",
    "Are you there?",
  ],
  answers: [
    "Hello! How can I help you?",
    "Hello! What can I do for you?",
    "Hi! What can I do for you today?",
    "Hi there! How can I help you today?",
    "Hello! What would you like to do?",
  ],
};

/** What ends a conversation. */
export const FAREWELL: SmallTalk = {
  remarks: [
    "Thank you!",
    "Thank you.",
    "Thanks!",
    "Thanks a lot.",
    "thanks",
    "That was nice, thank you.",
    "I liked that. Thank you!",
    "Great, thanks!",
    "That is all, thank you.",
    "Bye",
    "Goodbye!",
  ],
  answers: [
    "You're welcome! Have a nice day.",
    "You're welcome. Have a great day!",
    "My pleasure. Have a nice day!",
    "You're welcome! Goodbye.",
  ],
};

/** What the model says of itself. */
export const ABOUT_ITSELF: readonly SmallTalk[] = [
  {
    remarks: [
      "Who are you?",
      "who are you",
      "What are you?",
      "What is your name?",
      "what's your name?",
      "Are you a person?",
      "Are you human?",
      "Are you a robot?",
      "Tell me about yourself.",
      "Who am I talking to?",
    ],
    answers: [
      "I am a very small language model that comes with Jakiro. I can talk about restaurants, films and trips, and tell short stories.",
      "I am the small language model of Jakiro. Ask me for a restaurant, a film or a flight, or for a short story.",
    ],
  },
  {
    remarks: [
      "What can you do?",
      "what can you do",
      "What can you help me with?",
      "How can you help me?",
      "Help",
      "help",
      "What do you know?",
      "What can I ask you?",
      "What should I say?",
    ],
    answers: [
      "I can help you find a restaurant, a film, a hotel or a flight, and I can tell you a short story. What would you like?",
      "You can ask me for a restaurant, a film, the weather or a bus, or for a short story.",
    ],
  },
  {
    remarks: [
      "Can you really book a flight?",
      "Is this real?",
      "Is that true?",
      "Are these bookings real?",
      "Do you really book tickets?",
      "Are you making this up?",
    ],
    answers: [
      "No. I am a small language model, and I make things up. I cannot book anything.",
      "No, I only write what an assistant would say. Nothing is really booked.",
    ],
  },
];
