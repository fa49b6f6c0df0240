// A program as users of Node write it: works on `task_queue`, one task at a time, a second for each dot in it.
// The AMQP URL comes as a line on standard input: it holds a password. It works until it is ended.
'use strict';

const readline = require('node:readline/promises');
const { setTimeout: pause } = require('node:timers/promises');
const amqp = require('amqplib');

async function main() {
  const url = await readline.createInterface({ input: process.stdin }).question('');
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertQueue('task_queue', { durable: true });
  await channel.prefetch(1);
  await channel.consume('task_queue', async (message) => {
    await pause(1000 * (message.content.toString().split('.').length - 1));
    channel.ack(message);
  });
}

main();
